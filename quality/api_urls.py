"""Routes of quality under /api/v1/."""

from django.urls import path

from quality import api

ONE = "projects/<slug:slug>/alerts/<uuid:public_id>/"
urlpatterns = [
    path("projects/<slug:slug>/alerts/", api.AlertsView.as_view(), name="api_alerts"),
    path(ONE, api.AlertView.as_view(), name="api_alert"),
    path(f"{ONE}pause/", api.PauseView.as_view(), name="api_alert_pause"),
    path(f"{ONE}dismiss/", api.DismissView.as_view(), name="api_alert_dismiss"),
    path(f"{ONE}reinstate/", api.ReinstateView.as_view(), name="api_alert_reinstate"),
]
