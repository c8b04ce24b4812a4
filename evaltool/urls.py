"""Where every address begins; the apps say what follows."""

from django.urls import include, path

from evaltool import api, health, home

urlpatterns = [
    path("", home.front_door, name="home"),
    path("manage/<slug:slug>/", home.admin_home, name="admin_home"),
    path("qa/", home.qa_home, name="qa_home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("api/v1/", include(api.urlpatterns)),
    path("", include("accounts.urls")),
    path("", include("projects.urls")),
    path("", include("rubrics.urls")),
    path("", include("tasks.urls")),
    path("", include("tasks.urls_clearances")),
    path("", include("reviews.urls")),
    path("", include("quality.urls")),
    path("", include("exports.urls")),
]
handler500 = "evaltool.base.pages.server_error"
