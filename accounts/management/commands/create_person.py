from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import now

from accounts.actions import AccountRefused, create_person
from accounts.forms import NAME_LENGTH, USERNAME_LENGTH
from accounts.roles import Duty


class Command(BaseCommand):
    help = (
        "Create an account and print its start password, once. For the first"
        " administrators; they create all others on the page for it."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("name")
        parser.add_argument("--duty", choices=Duty.values, default="")

    def handle(self, *, username: str, name: str, duty: str, **options: Any) -> None:
        if len(username) > USERNAME_LENGTH or len(name) > NAME_LENGTH:
            raise CommandError("This name is too long.")
        try:
            person, password = create_person(
                username=username, name=name, duty=duty, by=None, at=now()
            )
        except AccountRefused as refusal:
            raise CommandError(str(refusal)) from None
        self.stdout.write(f"{person.username}: {password}")
