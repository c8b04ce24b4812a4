"""`manage.py verify`: check the invariants on the live database."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from evaltool.verify import INVARIANTS, breaches


class Command(BaseCommand):
    help = "Check every invariant of docs/invariants.md and print each row that breaks one."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(breaches())
        for breach in found:
            self.stdout.write(f"{breach.invariant}: {', '.join(map(str, breach.row))}")
        if found:
            raise CommandError(f"{len(found)} rows break an invariant.")
        self.stdout.write(f"{len(INVARIANTS)} invariants hold.")
