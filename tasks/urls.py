"""Addresses of tasks."""

from tasks import urls_batches, urls_work

app_name = "tasks"
urlpatterns = [
    *urls_batches.urlpatterns,
    *urls_work.urlpatterns,
]
