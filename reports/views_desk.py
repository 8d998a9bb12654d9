"""The desk handed over: what is open is put on the sheet by the program, not by memory."""

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.timezone import localdate, now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from accounts.templatetags.frame import moment
from cases.models import Alarm, Case
from cases.rules.values import mask_text
from contracts.access import ContractRequest, requires
from contracts.forms.base import ContractForm, text
from contracts.models import Contract
from contracts.views.matters import attempt
from staffing.actions.handovers import hand_over as sign
from staffing.models import Person

#: So many urgent orders stand on a sheet; a desk with more has other troubles.
MOST = 200


class HandOverForm(ContractForm):
    """Asks who takes over, and what they have to know."""

    taker = forms.ModelChoiceField(Person.objects.none(), label=_("Taken over by"))
    unfinished = text(_("Unfinished matters"), required=False)
    instructions = text(_("Instructions"), required=False)
    equipment = text(_("Equipment and materials"), required=False, rows=2)

    def __init__(
        self, *args: Any, contract: Contract, at: datetime, user: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, contract=contract, at=at, **kwargs)
        field: Any = self.fields["taker"]
        field.queryset = (
            Person.objects.of(contract)
            .cleared(localdate(at))
            .exclude(user=None)
            .exclude(user=user)
            .select_related("post")
        )


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.sign_on")
def hand_over(request: ContractRequest) -> HttpResponse:
    at = now()
    matters, open_orders = _open_matters(request.contract)
    form = HandOverForm(
        request.POST if request.method == "POST" else None,
        contract=request.contract,
        at=at,
        user=request.user,
    )
    if form.is_valid():
        sheet = attempt(
            form,
            lambda: sign(
                request.contract,
                matters=matters,
                open_orders=open_orders,
                by=request.user,
                at=at,
                **form.cleaned_data,
            ),
        )
        if sheet:
            return redirect(sheet)
    return render(
        request,
        "reports/hand_over.html",
        {"form": form, "matters": matters, "open_orders": open_orders, "at": at},
        status=422 if form.errors else 200,
    )


def _open_matters(contract: Contract) -> tuple[list[dict[str, str]], int]:
    """Return the open urgent orders, without anything of a caller, and how many are open."""
    alarms = (
        Alarm.objects.of(contract)
        .tracked()
        .select_related("case")
        .order_by("case__due_at", "pk")[:MOST]
    )
    # What is on record is in Chinese, whoever signs.
    with translation.override("zh-hans"):
        matters = [
            {
                "number": one.case.number,
                "title": mask_text(one.case.title),
                "status": str(one.case.get_status_display()),
                "due_at": moment(one.case.due_at),
            }
            for one in alarms
        ]
    return matters, Case.objects.of(contract).open().count()
