"""The ground floor as a Django app."""

from django.apps import AppConfig


class BaseConfig(AppConfig):
    name = "evaltool.base"
    label = "base"
    default_auto_field = "django.db.models.BigAutoField"
