"""The Celery application: what runs after a commit, and what runs by the clock.

Handlers live in each app's `jobs.py` (an app is called `tasks`, so Celery's default name is taken).
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "evaltool.settings")

app = Celery("evaltool")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
