"""Make the first person: they may create projects and invite everybody else."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.commands import create_person
from evaltool.base.errors import Invalid

TRIES = 3


class Command(BaseCommand):
    """`manage.py create_admin EMAIL [--name NAME] [--password-stdin]`."""

    help = "Make a person who may create projects. Asks for the password twice; it is not shown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """E-mail, name, and where the password comes from."""
        parser.add_argument("email", help="the address to sign in with")
        parser.add_argument("--name", default="", help="shown to the people you work with; else taken from the address")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from the first line of input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the person, or say why not."""
        email = options["email"]
        name = options["name"] or email.split("@")[0].replace(".", " ").title()
        if options["password_stdin"]:
            self._make(email, name, sys.stdin.readline().rstrip("\r\n"))
        else:
            self._ask(email, name)
        self.stdout.write(self.style.SUCCESS(f"{name} <{email.lower()}> may create projects now."))
        self.stdout.write("Next: sign in under /sign-in/, create a project under /manage/, and invite people there.")
        self.stdout.write(f"A lost password is set anew by: manage.py changepassword {email.lower()}")

    def _ask(self, email: str, name: str) -> None:
        for left in range(TRIES - 1, -1, -1):
            password = getpass.getpass("Password: ")
            if password != getpass.getpass("Password, again: "):
                self.stderr.write("The two are not the same.")
                continue
            try:
                self._make(email, name, password)
            except CommandError as error:
                if not left or "password:" not in str(error):
                    raise
                self.stderr.write(str(error))
                continue
            return
        raise CommandError("Nobody was made. Start again when you are ready.")

    def _make(self, email: str, name: str, password: str) -> None:
        try:
            create_person(email=email, name=name, password=password, by=None, may_create_projects=True)
        except Invalid as error:
            raise CommandError("\n".join(f"{p.field}: {p.reason}" for p in error.problems)) from error
