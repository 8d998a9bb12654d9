"""What can be wrong with a file of facts, each thing with its place and its words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Self


def gettext_noop(message: str) -> str:
    """Mark a message for the catalogue; whoever shows it translates it."""
    return message


class Fault(Enum):
    """A kind of problem. Its value is the sentence, filled from `Problem.values`."""

    NOT_TOML = gettext_noop("This is not TOML: %(detail)s")
    NOT_A_TABLE = gettext_noop("%(path)s must be a table.")
    NOT_A_LIST = gettext_noop("%(path)s must be a list.")
    NOT_TEXT = gettext_noop("%(path)s must be text.")
    NOT_WHOLE = gettext_noop("%(path)s must be a whole number.")
    NOT_A_TRUTH = gettext_noop("%(path)s must be true or false.")
    NOT_A_NUMBER = gettext_noop("%(path)s must be a number.")
    NOT_A_DATE = gettext_noop("%(path)s must be a date.")
    NOT_A_CHOICE = gettext_noop(
        "%(path)s must be one of %(choices)s, and not “%(found)s”."
    )
    NOT_ONE_OF = gettext_noop(
        "%(path)s must hold exactly one of %(choices)s, and not “%(found)s”."
    )
    CLASH = gettext_noop("%(path)s does not go with %(other)s.")
    MISSING = gettext_noop("%(path)s is missing.")
    UNKNOWN = gettext_noop("%(path)s is not known here.")
    BLANK = gettext_noop("%(path)s must not be empty.")
    TOO_LONG = gettext_noop("%(path)s is longer than %(most)s characters.")
    OUT_OF_RANGE = gettext_noop(
        "%(path)s is %(found)s, but must lie between %(least)s and %(most)s."
    )
    NOT_A_SHARE = gettext_noop(
        "%(path)s is %(found)s, which is no share: above 0, up to 1, four places."
    )
    NOT_AN_AMOUNT = gettext_noop(
        "%(path)s is %(found)s, which is not a positive amount to the fen."
    )
    BAD_PATTERN = gettext_noop("%(path)s is “%(found)s”, which is not of its form.")
    TWICE = gettext_noop("%(path)s stands there twice.")
    LATER = gettext_noop("%(path)s is %(found)s, which is later than %(other)s.")
    NOT_IN_TURN = gettext_noop("%(path)s is %(found)s, but should be %(other)s.")
    WORDS_UNREADABLE = gettext_noop(
        "%(path)s is not an amount written out: “%(found)s”."
    )
    WORDS_DIFFER = gettext_noop(
        "%(path)s says %(found)s, but the figures say %(other)s."
    )
    DOES_NOT_ADD_UP = gettext_noop(
        "%(path)s adds up to %(found)s, and not to %(other)s."
    )
    NOT_ITS_SHARE = gettext_noop("%(path)s is %(found)s, but its share is %(other)s.")
    NO_SUCH_CLAUSE = gettext_noop(
        "%(path)s names “%(found)s”, which is no clause before it."
    )
    NOT_RISING = gettext_noop("%(path)s must rise from step to step.")
    OTHER_YEAR = gettext_noop("%(path)s is %(found)s, which is not in %(other)s.")
    NO_WEEKEND = gettext_noop(
        "%(path)s is %(found)s: only a weekend is worked in lieu."
    )
    CHECK_CHARACTER = gettext_noop(
        "%(path)s ends in %(found)s, but should end in %(other)s."
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where, and with what in it.

    `path` is the key as it stands in the file: `stages[2].amount`; where the items of
    a list have names, their name: `clauses[第六条（二）11].parent`.
    """

    fault: Fault
    path: str = ""
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return self.fault.name.lower()

    @property
    def template(self) -> str:
        return self.fault.value

    @property
    def values(self) -> dict[str, str]:
        """What the template is filled with: `_(problem.template) % problem.values`."""
        return {"path": self.path, **self.params}

    def under(self, path: str) -> Self:
        """Return the same problem seen from further out."""
        return replace(self, path=".".join(filter(None, (path, self.path))))

    def __str__(self) -> str:
        return self.template % self.values


class Refused(Exception):
    """Something was not taken, for all the reasons in `problems`."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))
