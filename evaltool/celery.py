"""The Celery application: what runs after a commit, and what runs by the clock.

Handlers live in each app's `jobs.py` (an app is called `tasks`, so Celery's default name is taken).
"""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_ready

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evaltool.settings")

app = Celery("evaltool")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")


@worker_ready.connect
def give_first_sign(**_: Any) -> None:
    """Be ready at once: the next sign of life comes by the clock."""
    from evaltool.jobs import canary  # needs the app above

    canary.delay()
