"""Addresses of rubrics in the API."""

from django.urls import path

from rubrics import api

urlpatterns = [
    path("projects/<slug:slug>/rubric-versions/", api.VersionsView.as_view(), name="api_rubric_versions"),
    path("rubric-versions/<uuid:public_id>/", api.VersionView.as_view(), name="api_rubric_version"),
    path("rubric-versions/<uuid:public_id>/publish/", api.PublishView.as_view(), name="api_publish_rubric_version"),
]
