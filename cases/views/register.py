"""The page of whoever takes a call."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.actions import register as actions
from cases.forms.register import RegisterForm
from contracts.access import ContractRequest, requires

#: What claims are usually called; any other word will do. In Chinese: it is data.
KINDS = ("咨询", "求助", "投诉", "举报", "建议", "感谢")


@require_http_methods(["GET", "HEAD", "POST"])
@requires("cases.register")
def register(request: ContractRequest) -> HttpResponse:
    """Take down a call. `look` asks about the number alone, where there is no script."""
    at, looking = now(), "look" in request.POST
    form = RegisterForm(
        None if looking else request.POST or None,
        initial=request.POST.dict() if looking else None,
        contract=request.contract,
        at=at,
    )
    if form.is_valid():
        case = actions.register(
            request.contract, by=request.user, at=at, **form.cleaned_data
        )
        messages.success(
            request, _("Written down as %(number)s.") % {"number": case.number}
        )
        return redirect(case)
    context = {
        "form": form,
        "kinds": KINDS,
        "calls": actions.calls_of(
            request.contract, request.POST.get("phone", "")[:40], at=at
        ),
    }
    status = 422 if form.is_bound else 200
    return render(request, "cases/register.html", context, status=status)


@require_POST
@requires("cases.register")
def calls(request: ContractRequest) -> HttpResponse:
    """Say how often a number has called. By POST: a number is in no address."""
    phone = request.POST.get("phone", "")[:40]
    found = actions.calls_of(request.contract, phone, at=now())
    return render(request, "cases/register.html#calls", {"calls": found})
