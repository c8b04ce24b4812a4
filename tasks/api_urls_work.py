"""Routes of work under /api/v1/."""

from django.urls import path

from tasks import api_converse, api_work

one = "work/<uuid:public_id>/"

urlpatterns = [
    path("work/next/", api_work.NextView.as_view(), name="api_work_next"),
    path(one, api_work.WorkView.as_view(), name="api_work"),
    path(f"{one}draft/", api_work.DraftView.as_view(), name="api_work_draft"),
    path(f"{one}converse/", api_converse.ConverseView.as_view(), name="api_work_converse"),
    path(f"{one}submit/", api_work.SubmitView.as_view(), name="api_work_submit"),
    path(f"{one}skip/", api_work.SkipView.as_view(), name="api_work_skip"),
]
