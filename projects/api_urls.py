"""Addresses of the API of a project, under api/v1/."""

from django.urls import path

from projects import api

urlpatterns = [
    path("projects/<slug:slug>/", api.ProjectView.as_view(), name="api_project"),
    path("projects/<slug:slug>/guideline/", api.GuidelineView.as_view(), name="api_guideline"),
    path("projects/<slug:slug>/members/", api.MembersView.as_view(), name="api_members"),
]
