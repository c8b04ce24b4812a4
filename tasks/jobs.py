"""What runs by the clock: sweeps over what is due. Each is a few lines around a command."""

from celery import shared_task

from tasks.distributing import distribute_released as ask_for_distribution
from tasks.working import expire_leases


@shared_task(ignore_result=True)
def sweep_leases() -> None:
    """Every 20 seconds: give back what nobody works on."""
    expire_leases()


@shared_task(ignore_result=True)
def distribute_released() -> None:
    """Every 20 seconds: fill the work lists of released batches."""
    ask_for_distribution()
