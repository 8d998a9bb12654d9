"""What is asked of whoever brings a year's work calendar. Nothing here saves."""

import re
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from contracts.actions.calendar_proposals import check
from contracts.actions.proposals import ProposalRefused
from contracts.rules.calendar_file import (
    CalendarFile,
    CalendarFileError,
    parse_calendar,
)
from contracts.rules.problems import Problem

from .base import ContractForm, PaperField, text

#: A year has some forty lines; whatever is larger is another file.
MOST_BYTES = 100 * 1024
#: As spreadsheets here write it where they do not write UTF-8.
ENCODINGS = ("utf-8-sig", "gb18030")
MOST_PROBLEMS = 20
IN_A_LINE = re.compile(r"line\[(\d+)\]\.?(.*)")


class CalendarForm(ContractForm):
    """What both steps have: a file that is read, and where it is from."""

    calendar: CalendarFile

    def read(self, name: str, content: str, source: str) -> None:
        """Read the file, or say at the field `name` what keeps it from being taken."""
        try:
            self.calendar = parse_calendar(content)
            check(self.calendar, source=source)
        except CalendarFileError as error:
            for words in _in_words(error.problems):
                self.add_error(name, ValidationError(words, code="faulty"))
        except ProposalRefused as refusal:
            self.add_error(name, ValidationError(str(refusal), code="refused"))


class CalendarFileForm(CalendarForm):
    """Asks for a calendar file, to show what it would change."""

    file = forms.FileField(
        label=gettext_lazy("Calendar file"),
        help_text=gettext_lazy(
            "CSV with the columns day, is_workday (0 or 1), name and kind (official or "
            "provisional): the days of one year that are not what their weekday says."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv"}),
        max_length=200,
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        max_length=200,
        help_text=gettext_lazy("The notice that says so, with its number and its day."),
    )

    def clean_file(self) -> str:
        """Return the text of the file."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError(
                _("The file has more than %(most)d KB."),
                code="too_large",
                params={"most": MOST_BYTES // 1024},
            )
        content: bytes = file.read()
        for encoding in ENCODINGS:
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError:
                continue
            if "\0" not in text:
                return text
        raise ValidationError(_("This is not a text file."), code="not_text")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            self.read("file", cleaned["file"], cleaned["source"])
        return cleaned


class ProposeCalendarForm(CalendarForm):
    """Asks for the calendar that was looked at to be proposed, with the notice itself."""

    content = forms.CharField(widget=forms.HiddenInput, max_length=MOST_BYTES)
    source = forms.CharField(widget=forms.HiddenInput, max_length=200)
    paper = PaperField(
        label=gettext_lazy("Official notice"),
        required=False,
        help_text=gettext_lazy("As published. An official calendar needs it."),
    )
    reason = text(gettext_lazy("Reason"), rows=2)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "content" in cleaned and "source" in cleaned:
            self.read("content", cleaned["content"], cleaned["source"])
        if not self.errors and not cleaned["paper"] and not self.calendar.provisional:
            words = _("Bring the notice that makes the calendar official.")
            self.add_error("paper", ValidationError(words, code="no_notice"))
        return cleaned


def _in_words(problems: tuple[Problem, ...]) -> Iterator[str]:
    for problem in problems[:MOST_PROBLEMS]:
        yield _(problem.template) % {**problem.values, "path": _place(problem.path)}
    more = len(problems) - MOST_PROBLEMS
    if more > 0:
        said = ngettext("… and %(count)d more.", "… and %(count)d more.", more)
        yield said % {"count": more}


def _place(path: str) -> str:
    """Return the place in a file as people find it: the line, and the column."""
    found = IN_A_LINE.fullmatch(path)
    if found is None:
        return path
    line, column = found.groups()
    if not column:
        return _("Line %(line)s") % {"line": line}
    return _("Line %(line)s, “%(column)s”") % {"line": line, "column": column}
