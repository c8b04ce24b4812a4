"""The API's table of contents: each app brings its own routes, the schema describes them all."""

from typing import Any

from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView


class NothingHere(APIView):
    """Any other address under the API: answered in its one shape of errors."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Whoever holds a key hears that there is nothing here, by any verb."""
        super().initial(request, *args, **kwargs)
        raise NotFound


urlpatterns: list[URLPattern | URLResolver] = [
    path("schema/", SpectacularJSONAPIView.as_view(), name="api_schema"),
    *(
        path("", include(f"{app}.api_urls"))
        for app in ("projects", "rubrics", "tasks", "reviews", "quality", "exports")
    ),
    path("<path:rest>", NothingHere.as_view(), name="api_nothing"),
]
