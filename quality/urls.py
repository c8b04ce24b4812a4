"""Addresses of quality."""

from django.urls import path

from quality.views import alerts, gold, overview, own, people

app_name = "quality"
urlpatterns = [
    path("qa/quality/", overview.projects, name="projects"),
    path("qa/quality/<slug:slug>/", overview.quality, name="quality"),
    path("qa/quality/<slug:slug>/alerts/", overview.alerts, name="alerts"),
    path("qa/alerts/<uuid:public_id>/", alerts.alert, name="alert"),
    path("qa/alerts/<uuid:public_id>/pause/", alerts.pause, name="alert_pause"),
    path("qa/alerts/<uuid:public_id>/dismiss/", alerts.dismiss, name="alert_dismiss"),
    path("qa/people/<uuid:public_id>/", people.person, name="person"),
    path("qa/people/<uuid:public_id>/pause/", people.pause, name="person_pause"),
    path("qa/people/<uuid:public_id>/reinstate/", people.reinstate, name="person_reinstate"),
    path("work/quality/", own.projects, name="mine_projects"),
    path("work/quality/<slug:slug>/", own.mine, name="mine"),
    path("manage/<slug:slug>/gold/", gold.gold, name="gold"),
    path("manage/<slug:slug>/gold/<uuid:public_id>/", gold.item, name="gold_item"),
    path("manage/<slug:slug>/gold/<uuid:public_id>/status/", gold.status, name="gold_status"),
]
