"""Addresses of clearances."""

from django.urls import path

from tasks import views_clearances as views

app_name = "clearances"
urlpatterns = [
    path("manage/<slug:slug>/clearances/", views.clearances, name="clearances"),
    path("manage/<slug:slug>/clearances/<uuid:member_id>/<uuid:rubric_id>/grant/", views.grant, name="grant"),
    path("manage/<slug:slug>/clearances/<uuid:member_id>/<uuid:rubric_id>/revoke/", views.revoke, name="revoke"),
]
