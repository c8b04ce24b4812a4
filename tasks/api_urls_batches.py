"""Routes of batches and imports under /api/v1/."""

from django.urls import path

from tasks import api_batches as api
from tasks import api_reversioning

urlpatterns = [
    path("batches/", api.BatchesView.as_view(), name="api_batches"),
    path("batches/<uuid:public_id>/", api.BatchView.as_view(), name="api_batch"),
    path("batches/<uuid:public_id>/release/", api.ReleaseView.as_view(), name="api_release_batch"),
    path("batches/<uuid:public_id>/imports/", api.ImportsView.as_view(), name="api_imports"),
    path("imports/<uuid:public_id>/", api.ImportView.as_view(), name="api_import"),
    path("imports/<uuid:public_id>/problems/", api.ProblemsView.as_view(), name="api_import_problems"),
    path("imports/<uuid:public_id>/commit/", api.CommitView.as_view(), name="api_commit_import"),
    path("imports/<uuid:public_id>/cancel/", api.CancelView.as_view(), name="api_cancel_import"),
    path(
        "rubric-versions/<uuid:public_id>/unstarted-work/",
        api_reversioning.UnstartedWorkView.as_view(),
        name="api_unstarted_work",
    ),
]
