"""Addresses of setting a project up and reading its guideline."""

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path


def _coming(request: HttpRequest, **kwargs: object) -> HttpResponse:
    raise Http404


app_name = "projects"
urlpatterns = [
    path("p/<slug:slug>/guideline/", _coming, name="guideline"),
]
