"""Addresses that commands put into messages: written out, since a command must not load every page to name one."""

from quality.models import Alert


def alert_path(alert: Alert) -> str:
    """Where an alert is read and decided."""
    return f"/qa/alerts/{alert.public_id}/"
