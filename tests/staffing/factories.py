"""Small makers of the roster's records, which invent what a test does not care about."""

from datetime import date
from itertools import cycle
from typing import Any

from accounts.roles import Role
from contracts.models import Contract, DocumentKind
from staffing.models import (
    Agreement,
    AgreementText,
    Person,
    PersonStatus,
    Post,
    TextStatus,
)
from tests.factories import NOON, make_document, make_user

_names = cycle(["张三", "李四", "王五", "赵六", "孙七", "周八"])


def make_post(contract: Contract, role: Role = Role.AGENT, **given: Any) -> Post:
    """Make the post of a role, or return it: a contract has one."""
    made, _ = Post.objects.get_or_create(
        contract=contract, role=role, defaults={"name": f"{role.label}"[:20]} | given
    )
    return made


def make_person(contract: Contract, **given: Any) -> Person:
    """Make somebody of the vendor's team, approved and on post since May."""
    post = given.pop("post", None) or make_post(contract)
    defaults: dict[str, Any] = {
        "name": next(_names),
        "status": PersonStatus.APPROVED,
        "begins_on": date(2026, 5, 1),
        "proposed_at": NOON,
        "proposed_by": given.pop("by", None) or make_user(),
    }
    if given.get("status", PersonStatus.APPROVED) != PersonStatus.PROPOSED:
        defaults |= {"decided_at": NOON, "decided_by": make_user()}
    return Person.objects.create(contract=contract, post=post, **defaults | given)


def make_text(contract: Contract, version: int = 1, **given: Any) -> AgreementText:
    """Make a wording of the agreement that Party A has approved."""
    defaults: dict[str, Any] = {
        "version": version,
        "status": TextStatus.APPROVED,
        "document": make_document(contract, kind=DocumentKind.AGREEMENT),
        "submitted_at": NOON,
        "submitted_by": make_user(),
    }
    if given.get("status", TextStatus.APPROVED) != TextStatus.SUBMITTED:
        defaults |= {"decided_at": NOON, "decided_by": make_user()}
    return AgreementText.objects.create(contract=contract, **defaults | given)


def make_agreement(person: Person, text: AgreementText, **given: Any) -> Agreement:
    """Put somebody's signed copy of a wording on file."""
    defaults: dict[str, Any] = {
        "signed_on": date(2026, 6, 1),
        "document": make_document(person.contract, kind=DocumentKind.AGREEMENT),
        "filed_at": NOON,
        "filed_by": make_user(),
    }
    return Agreement.objects.create(person=person, text=text, **defaults | given)
