"""Addresses of tasks."""

from tasks import urls_batches

app_name = "tasks"
urlpatterns = [
    *urls_batches.urlpatterns,
]
