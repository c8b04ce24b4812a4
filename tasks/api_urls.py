"""Routes of tasks under /api/v1/."""

from tasks import api_urls_batches, api_urls_work

urlpatterns = [
    *api_urls_batches.urlpatterns,
    *api_urls_work.urlpatterns,
]
