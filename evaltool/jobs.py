"""Jobs of the roof: a sign of life that readiness looks at."""

from celery import shared_task
from django.core.cache import cache
from django.utils import timezone

CANARY = "canary"


@shared_task(ignore_result=True)
def canary() -> None:
    """Note that a worker runs jobs; readiness turns red when this grows old."""
    cache.set(CANARY, timezone.now().isoformat(), timeout=600)
