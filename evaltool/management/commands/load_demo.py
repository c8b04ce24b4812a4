"""`manage.py load_demo`: the demo project, told by the real commands."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from evaltool.demo import story


class Command(BaseCommand):
    help = "Load the demo project once; says so when it is there already."

    def handle(self, *args: Any, **options: Any) -> None:
        if not story.is_local():
            raise CommandError("The demo's password is public, so it is loaded only with EVALTOOL_ENV=local.")
        if story.demo_exists():
            self.stdout.write("The demo project is there already.")
            return
        project = story.tell(now=timezone.now(), say=lambda line: self.stdout.write(f"  {line}"))
        self.stdout.write(f"The demo project “{project.name}” is loaded.")
