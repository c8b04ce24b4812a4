"""Addresses of work; part of the namespace `tasks`."""

from django.urls import path

from tasks import views_home as home
from tasks import views_work as work
from tasks.views_converse import converse
from tasks.views_difference import difference
from tasks.views_rows import confirm, rows

one = "work/<uuid:public_id>/"

urlpatterns = [
    path("work/", home.home, name="work"),
    path("work/next/", home.next_task, name="next"),
    path("work/give-back/", home.give_list_back, name="give_list_back"),
    path(one, work.assignment, name="assignment"),
    path(f"{one}open/", work.open_task, name="open"),
    path(f"{one}draft/", work.draft, name="draft"),
    path(f"{one}compare/", work.compare, name="compare"),
    path(f"{one}rows/", rows, name="rows"),
    path(f"{one}confirm/", confirm, name="confirm_labels"),
    path(f"{one}difference/", difference, name="difference"),
    path(f"{one}converse/", converse, name="converse"),
    path(f"{one}submit/", work.submit_task, name="submit"),
    path(f"{one}undo/", work.undo_submission, name="undo"),
    path(f"{one}heartbeat/", work.beat, name="heartbeat"),
    path(f"{one}extend/", work.extend, name="extend"),
    path(f"{one}skip/", work.skip_task, name="skip"),
    path(f"{one}give-back/", work.give_task_back, name="give_back"),
]
