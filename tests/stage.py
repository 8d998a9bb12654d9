"""What a world of tests is made of: a contract with people, and the places to look at."""

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Role
from cases.models import Batch, Case, CaseStatus
from contracts.models import Contract
from reports.models import Issue


@dataclass(frozen=True)
class World:
    """What pages show, and somebody of every role and every duty to look at it."""

    contract: Contract
    people: dict[str, User]
    cases: dict[str, Case]
    batches: dict[str, Batch]
    issues: dict[str, Issue]
    somebody: User

    @property
    def received(self) -> Case:
        return self.cases[CaseStatus.RECEIVED]

    def client(self, who: str = Role.MANAGER) -> Client:
        """Return a client that one of `people` has signed in with; nobody for ""."""
        client = Client()
        if who:
            client.force_login(self.people[who])
        return client

    def url(self, name: str, *args: Any) -> str:
        """Return the address of a page of the contract."""
        return reverse(name, args=[self.contract.number, *args])


@dataclass(frozen=True)
class Place:
    """A page, by its URL's name, and a role or duty that opens it; "" for anybody."""

    name: str
    url: str
    who: str = ""

    def __str__(self) -> str:
        return f"{self.who or 'anybody'} at {self.url}"
