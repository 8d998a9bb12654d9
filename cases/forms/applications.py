"""What is asked of people who apply for an order, and of those who answer."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.desk import terms
from cases.models import Application, ApplicationKind, Case, TermKind
from contracts.forms.base import PaperField

from .base import Moment, StepForm, text_field

#: Kind → the list that its reasons are taken from.
REASONS = {
    ApplicationKind.RETURN: TermKind.RETURN_REASON,
    ApplicationKind.EXCLUSION: TermKind.EXCLUSION_REASON,
    ApplicationKind.DEFERRAL: TermKind.EXCLUSION_REASON,
    ApplicationKind.APPEAL: TermKind.EXCLUSION_REASON,
}


class ApplyForm(StepForm):
    """An application of one of these kinds."""

    kinds: tuple[ApplicationKind, ...] = ()
    upload = True

    kind = forms.ChoiceField(label=_("Kind"))
    reason = forms.ChoiceField(label=_("Reason"))
    until = Moment(label=_("Asked until"), required=False)
    text = text_field(_("Explanation"))
    file = PaperField(label=_("Evidence"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = self.fields["kind"]
        kind.choices = [(one, one.label) for one in self.kinds]  # type: ignore[attr-defined]
        if len(self.kinds) == 1:
            kind.initial = self.kinds[0]
            kind.widget = forms.HiddenInput()
        lists = {REASONS[one] for one in self.kinds if one in REASONS}
        if lists:
            reasons = [term for one in lists for term in terms(self.case.contract, one)]
            self.fields["reason"].choices = [("", "—"), *((r, r) for r in reasons)]  # type: ignore[attr-defined]
        else:
            del self.fields["reason"]
        if not self.asks_until():
            del self.fields["until"]

    def asks_until(self) -> bool:
        return bool(
            {ApplicationKind.EXTENSION, ApplicationKind.DEFERRAL} & {*self.kinds}
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        cleaned.setdefault("reason", str(_("As explained")))
        cleaned.setdefault("until", None)
        if cleaned.get("kind") == ApplicationKind.DEFERRAL and not cleaned["until"]:
            self.add_error(
                "until", ValidationError(_("Say until when."), code="required")
            )
        return cleaned

    def clean_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["until"]
        if until and until <= self.at:
            raise ValidationError(_("This moment has passed."), code="past")
        return until


class ReturnForm(ApplyForm):
    verb = _("Ask to return it")
    kinds = (ApplicationKind.RETURN,)


class ExtendForm(ApplyForm):
    verb = _("Ask for more time")
    kinds = (ApplicationKind.EXTENSION,)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["until"].required = True

    def clean_until(self) -> datetime | None:
        until = super().clean_until()
        if until and (self.case.due_at is None or until <= self.case.due_at):
            raise ValidationError(
                _("The new deadline lies after the one there is."), code="not_later"
            )
        return until


class ExcludeForm(ApplyForm):
    verb = _("Apply for exclusion, deferral or appeal")
    kinds = (
        ApplicationKind.EXCLUSION,
        ApplicationKind.DEFERRAL,
        ApplicationKind.APPEAL,
    )


class VoidForm(ApplyForm):
    verb = _("Ask to void it")
    kinds = (ApplicationKind.VOID,)


class AnswerForm(StepForm):
    """A step on an application of an order."""

    def __init__(
        self, *args: Any, application: Application, case: Case, **kwargs: Any
    ) -> None:
        self.application = application
        kwargs.setdefault("auto_id", f"{type(self).__name__}_{application.pk}_%s")
        super().__init__(*args, case=case, **kwargs)


class EndorseForm(AnswerForm):
    verb = _("Endorse or refuse")

    agreed = forms.TypedChoiceField(
        label=_("Verdict"),
        choices=[("yes", _("Agreed")), ("no", _("Refused"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    note = text_field(_("Reason"), required=False, rows=2)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("agreed") is False and not cleaned.get("note"):
            self.add_error(
                "note",
                ValidationError(_("Say why it is refused."), code="no_reason"),
            )
        return cleaned


class ApproveForm(EndorseForm):
    verb = _("Party A's verdict")


class OutcomeForm(AnswerForm):
    verb = _("Record the platform's answer")

    granted = forms.TypedChoiceField(
        label=_("Answer"),
        choices=[("yes", _("Granted")), ("no", _("Refused"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    happened_at = Moment(label=_("Answered at"))
    granted_until = Moment(label=_("Granted until"), required=False)
    answer = text_field(pgettext_lazy("platform", "What it says"), rows=2)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.application.kind in (
            ApplicationKind.EXTENSION,
            ApplicationKind.DEFERRAL,
        ):
            until = self.application.until
            self.fields["granted_until"].initial = until and localtime(until)
        else:
            del self.fields["granted_until"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        asked = cleaned.setdefault("granted_until", None)
        if (
            "granted_until" in self.fields
            and cleaned.get("granted")
            and asked is None
            and "granted_until" not in self.errors
        ):
            self.add_error(
                "granted_until",
                ValidationError(_("Say until when."), code="required"),
            )
        return cleaned


class WithdrawForm(AnswerForm):
    verb = _("Withdraw it")

    note = text_field(_("Reason"), rows=2)
