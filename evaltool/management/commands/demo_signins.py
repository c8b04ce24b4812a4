"""`manage.py demo_signins`: who can sign in to the demo."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.models import User
from evaltool.demo import material, story
from projects.models import Membership


class Command(BaseCommand):
    help = "Print the demo's people with their roles, and the password they share."

    def handle(self, *args: Any, **options: Any) -> None:
        if not story.demo_exists():
            self.stdout.write("The demo project is not loaded. `manage.py load_demo` loads it.")
            return
        for person in material.people():
            user = User.objects.filter(email=person.email).first()
            member = Membership.objects.filter(user=user).first()
            what = ", ".join(role.replace("_", " ") for role in member.roles) if member else "no project"
            standing = f" ({member.get_standing_display().lower()})" if member and "evaluator" in member.roles else ""
            self.stdout.write(f"  {person.email:<36} {what}{standing}")
        self.stdout.write(f"  Password for all: {material.PASSWORD}")
