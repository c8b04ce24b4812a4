"""Routes of work under /api/v1/."""

from django.urls import path

from tasks import api_work as api

urlpatterns = [
    path("work/next/", api.NextView.as_view(), name="api_next"),
    path("work/<uuid:public_id>/", api.AssignmentView.as_view(), name="api_assignment"),
    path("work/<uuid:public_id>/draft/", api.DraftView.as_view(), name="api_draft"),
    path("work/<uuid:public_id>/submit/", api.SubmitView.as_view(), name="api_submit"),
    path("work/<uuid:public_id>/skip/", api.SkipView.as_view(), name="api_skip"),
]
