"""What is asked of whoever sets up another contract from a copy of one. Nothing saves."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from contracts.actions.set_up import Copied, SetUpRefused, check
from contracts.models import Contact, Contract, Party, PaymentStage, Side
from contracts.rules.contract_copy import to_toml
from contracts.rules.contract_file import ContractFile, ContractFileError, parse
from contracts.rules.money import NotAnAmount, in_words
from contracts.rules.problems import Problem

from .base import ContractForm, day, money, text

PARTY_FIELDS: tuple[tuple[str, Any, int, bool], ...] = (
    ("name", gettext_lazy("Organisation"), 120, True),
    ("address", gettext_lazy("Address"), 200, True),
    ("postcode", gettext_lazy("Postcode"), 10, False),
    ("credit_code", gettext_lazy("Unified social credit code"), 18, False),
    ("representative", gettext_lazy("Legal representative"), 60, False),
    ("contact", gettext_lazy("Contact person"), 60, False),
    ("telephone", gettext_lazy("Telephone"), 40, False),
    ("bank", gettext_lazy("Bank"), 120, False),
    ("account", pgettext_lazy("bank", "Account"), 40, False),
)

#: What no day on the paper lies outside of, and how long a term may be.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
LONGEST_TERM = timedelta(days=5 * 366)

#: What a name of a field has none of.
NO_WORD = re.compile(r"\W+")


class Asked(NamedTuple):
    """One field, and the place in a contract file that it fills."""

    path: str
    field: forms.Field


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together under a heading."""

    heading: Any
    fields: list[forms.BoundField]
    help_text: Any = ""


class SetUpForm(ContractForm):
    """Asks for all that is not copied. What comes out is a contract file like any other.

    `file` is that file once the form is valid: it has passed the checks that a file
    which is loaded passes, and every problem stands at the field that it is about.
    """

    file: ContractFile

    def __init__(self, *args: Any, by: User, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, at=at, **kwargs)
        self.by = by
        self.copied = Copied.of(self.contract, on=localdate(at))
        self.stages = list(self.contract.stages.select_related("clause"))
        self.names: dict[str, str] = {}  # by path
        self._groups: list[tuple[Any, list[str], Any]] = []
        for heading, asked, help_text in self._asked(localdate(at)):
            names = []
            for path, field in asked:
                name = self.names[path] = NO_WORD.sub("_", path)
                self.fields[name] = field
                names.append(name)
            if names:
                self._groups.append((heading, names, help_text))

    @property
    def groups(self) -> list[Group]:
        return [
            Group(heading, [self[name] for name in names], help_text)
            for heading, names, help_text in self._groups
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self._check_days()
        if self.errors:
            return cleaned
        try:
            self.file = parse(to_toml(self._table()))
            check(self.file, by=self.by)
        except ContractFileError as error:
            for problem in error.problems:
                self._refuse(problem)
        except SetUpRefused as refusal:
            for path in refusal.paths:
                words = ValidationError(str(refusal), code="refused")
                self.add_error(self.names.get(path), words)
        return cleaned

    def _check_days(self) -> None:
        """Refuse slips of the pen that no calendar reaches."""
        for name, value in list(self.cleaned_data.items()):
            if isinstance(value, date) and not FIRST_DAY <= value <= LAST_DAY:
                params = {"first": FIRST_DAY, "last": LAST_DAY}
                words = _("The day must lie between %(first)s and %(last)s.")
                self.add_error(name, ValidationError(words, "far_away", params))
        ends = self.names["ends_on"]
        starts_on = self.cleaned_data.get(self.names["starts_on"])
        ends_on = self.cleaned_data.get(ends)
        if starts_on and ends_on and ends_on - starts_on > LONGEST_TERM:
            words = _("A term of more than five years is not taken.")
            self.add_error(ends, ValidationError(words, "too_long"))

    # --- What is asked ---------------------------------------------------------------

    def _asked(self, today: date) -> Iterator[tuple[Any, list[Asked], Any]]:
        yield gettext_lazy("Contract"), _of_contract(self.contract), ""
        for side, party in (
            (Side.A, self.contract.party_a),
            (Side.B, self.contract.party_b),
        ):
            contact = self.contract.contacts.on(today).filter(side=side).first()
            yield side.label, _of_party(side, party, contact), ""
        yield (
            gettext_lazy("Payment"),
            [
                one
                for number, stage in enumerate(self.stages, start=1)
                for one in _of_stage(number, stage)
            ],
            gettext_lazy("The shares are those of the copied contract."),
        )
        yield (
            gettext_lazy("Days and words to go over"),
            self._to_go_over(),
            gettext_lazy("They name days of the copied contract."),
        )

    def _to_go_over(self) -> list[Asked]:
        return [
            *(
                Asked(
                    f"clauses[{one.ref}].summary",
                    text(f"{one.ref} {one.title}", most=1000, initial=one.summary),
                )
                for one in self.copied.dated_clauses
            ),
            *(
                asked
                for one in self.copied.dated_obligations
                for asked in (
                    Asked(
                        f"obligations[{one.key}].due.on",
                        day(
                            _("%(clause)s %(title)s: due on")
                            % {"clause": one.clause.ref, "title": one.title}
                        ),
                    ),
                    Asked(
                        f"obligations[{one.key}].due_in_words",
                        forms.CharField(
                            label=_("%(clause)s %(title)s: the day in words")
                            % {"clause": one.clause.ref, "title": one.title},
                            max_length=200,
                            initial=one.due_in_words,
                        ),
                    ),
                )
            ),
        ]

    # --- What comes of it --------------------------------------------------------------

    def _given(self, path: str) -> Any:
        return self.cleaned_data[self.names[path]]

    def _table(self) -> dict[str, Any]:
        """Return what was filled in and what is copied, as a contract file has it."""
        signed_on = self._given("signed_on")
        table: dict[str, Any] = {
            "assessment": {"clause": self.copied.clause_of_periods},
            "stages": [
                self._stage(n, one) for n, one in enumerate(self.stages, start=1)
            ],
            **self.copied.to_plain(
                adopted_on=signed_on,
                summaries=self._by_name("clauses[", "].summary"),
                days=self._by_name("obligations[", "].due.on"),
                words=self._by_name("obligations[", "].due_in_words"),
            ),
        }
        for path in self.names:
            if "[" not in path:
                head, _dot, name = path.rpartition(".")
                into = table.setdefault(head, {}) if head else table
                into[name] = self._given(path)
        return table

    def _by_name(self, head: str, tail: str) -> dict[str, Any]:
        """Return what was filled in for the items of a list, by their names."""
        return {
            path.removeprefix(head).removesuffix(tail): self._given(path)
            for path in self.names
            if path.startswith(head) and path.endswith(tail)
        }

    def _stage(self, number: int, stage: PaymentStage) -> dict[str, Any]:
        given = {
            name: self._given(f"stages[{number}].{name}")
            for name in ("amount", "opens_on", "target_on", "condition")
        }
        return {
            "number": number,
            "rate": stage.rate,
            "amount_in_words": _words(given["amount"]),
            "clause": stage.clause.ref,
            **given,
        }

    def _refuse(self, problem: Problem) -> None:
        """Show a problem at the field it is about, with the words that stand there."""
        name = self.names.get(problem.path)
        values = {key: self._labelled(value) for key, value in problem.values.items()}
        words = _(problem.template) % values
        self.add_error(name, ValidationError(words, code=problem.code))

    def _labelled(self, value: str) -> str:
        """Return a value with the label of a field in the place of its path."""
        path, space, rest = value.partition(" ")
        name = self.names.get(path)
        return f"{self.fields[name].label}{space}{rest}" if name else value


def _of_contract(contract: Contract) -> list[Asked]:
    def line(path: str, label: Any, most: int, **given: Any) -> Asked:
        return Asked(path, forms.CharField(label=label, max_length=most, **given))

    def number(path: str, label: Any, initial: int) -> Asked:
        return Asked(path, forms.IntegerField(label=label, initial=initial))

    held = contract.copies_a + contract.copies_b
    return [
        line(
            "number",
            gettext_lazy("Number"),
            60,
            help_text=gettext_lazy(
                "Small letters, digits and hyphens; part of the address."
            ),
        ),
        line("title", gettext_lazy("Title"), 200, initial=contract.title),
        line("short_title", gettext_lazy("Short title"), 60),
        Asked("signed_on", day(gettext_lazy("Signed on"))),
        Asked("effective_on", day(gettext_lazy("In effect from"))),
        Asked("starts_on", day(gettext_lazy("First day of service"))),
        Asked("ends_on", day(gettext_lazy("Last day of service"))),
        Asked("price", money(gettext_lazy("Price (CNY)"))),
        line("price_in_words", gettext_lazy("Price in words"), 100),
        line("court", gettext_lazy("Court"), 120, initial=contract.court),
        number("copies.total", gettext_lazy("Copies, together"), held),
        number("copies.party_a", gettext_lazy("Copies for Party A"), contract.copies_a),
        number("copies.party_b", gettext_lazy("Copies for Party B"), contract.copies_b),
        number(
            "assessment.first_day",
            gettext_lazy("Assessment periods begin on day"),
            contract.first_day,
        ),
    ]


def _of_party(side: Side, party: Party, contact: Contact | None) -> list[Asked]:
    known = {
        "name": party.name,
        "credit_code": party.credit_code,
        "representative": party.representative,
        "bank": party.bank,
        "account": party.account,
        "address": (contact and contact.address) or party.address,
        "postcode": (contact and contact.postcode) or party.postcode,
        "contact": contact.person if contact else "",
        "telephone": contact.telephone if contact else "",
    }
    return [
        Asked(
            f"party_{side.value}.{name}",
            forms.CharField(
                label=label, max_length=most, required=required, initial=known[name]
            ),
        )
        for name, label, most, required in PARTY_FIELDS
    ]


def _of_stage(number: int, stage: PaymentStage) -> list[Asked]:
    path, params = f"stages[{number}]", {"number": number}
    rate = f"{(stage.rate * 100).normalize():f}%"
    return [
        Asked(
            f"{path}.amount",
            money(_("Stage %(number)s: amount (CNY)") % params, help_text=rate),
        ),
        Asked(f"{path}.opens_on", day(_("Stage %(number)s: opens on") % params)),
        Asked(f"{path}.target_on", day(_("Stage %(number)s: to be paid by") % params)),
        Asked(
            f"{path}.condition",
            forms.CharField(
                label=_("Stage %(number)s: condition") % params,
                max_length=200,
                initial=stage.condition,
            ),
        ),
    ]


def _words(amount: Decimal) -> str:
    """Return an amount in words. What cannot be written out is refused as an amount."""
    try:
        return in_words(amount)
    except NotAnAmount:
        return str(amount)
