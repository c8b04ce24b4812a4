"""Addresses of batches and imports; part of the namespace `tasks`."""

from django.urls import path

from tasks import views_batches as batches
from tasks import views_imports as imports
from tasks import views_reversioning as reversioning

manage = "manage/<slug:slug>/"
one = f"{manage}batches/<uuid:public_id>/"
run = f"{manage}imports/<uuid:public_id>/"

urlpatterns = [
    path(f"{manage}batches/", batches.batch_list, name="batches"),
    path(f"{manage}batches/new/", batches.batch_new, name="batch_new"),
    path(one, batches.batch, name="batch"),
    path(f"{one}change/", batches.batch_change, name="batch_change"),
    *(path(f"{one}{do}/", batches.batch_move, {"do": do}, name=f"batch_{do}") for do in batches.MOVES),
    path(f"{manage}rubrics/<uuid:public_id>/<int:number>/work/", reversioning.version_work, name="version_work"),
    path(f"{one}import/", imports.import_new, name="import_new"),
    path(run, imports.import_run, name="import_run"),
    path(f"{run}progress/", imports.import_progress, name="import_progress"),
    path(f"{run}problems.csv", imports.import_problems, name="import_problems"),
    path(f"{run}commit/", imports.import_commit, name="import_commit"),
    path(f"{run}cancel/", imports.import_cancel, name="import_cancel"),
]
