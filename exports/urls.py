"""Addresses of exports."""

from django.urls import path

from exports import views

app_name = "exports"
urlpatterns = [
    path("manage/<slug:slug>/exports/", views.exports, name="exports"),
    path("manage/<slug:slug>/exports/<uuid:public_id>/", views.export, name="export"),
    path("manage/<slug:slug>/exports/<uuid:public_id>/file/", views.download, name="download"),
    path("manage/<slug:slug>/exports/<uuid:public_id>/manifest/", views.manifest, name="manifest"),
]
