"""Routes of tasks under /api/v1/."""

from tasks import api_urls_batches

urlpatterns = [
    *api_urls_batches.urlpatterns,
]
