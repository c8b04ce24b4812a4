"""Addresses of a person's own matters."""

from django.urls import URLPattern

app_name = "accounts"
urlpatterns: list[URLPattern] = []
