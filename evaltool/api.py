"""The API's table of contents: each app brings its own routes, the schema describes them all."""

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView

urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api_schema"),
    *(
        path("", include(f"{app}.api_urls"))
        for app in ("projects", "rubrics", "tasks", "reviews", "quality", "exports")
    ),
]
