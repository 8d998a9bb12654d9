"""The page on which another contract is set up from a copy of this one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.access import ContractRequest, requires
from contracts.actions import set_up as actions
from contracts.actions.set_up import SetUpRefused
from contracts.files import in_words
from contracts.forms.set_up import SetUpForm
from contracts.register import Cut, cut_of
from contracts.rules.periods import periods_of

#: What the buttons say: look at it, change it again, lock it.
LOOK, LOCK = "look", "lock"


@require_http_methods(["GET", "HEAD", "POST"])
@requires("contracts.set_up")
def set_up(request: ContractRequest) -> HttpResponse:
    """Ask for the terms, show what comes of them, and lock it: each is one answer."""
    at, step = now(), request.POST.get("step", "")
    form = SetUpForm(
        request.POST if request.method == "POST" else None,
        contract=request.contract,
        by=request.user,
        at=at,
    )
    if not form.is_bound:
        return render(request, "contracts/set_up.html", {"form": form})
    if form.is_valid() and step == LOCK:
        try:
            made = actions.set_up(request.contract, form.file, by=request.user, at=at)
        except SetUpRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(
                request, _("The contract is set up. You are its supervisor.")
            )
            return redirect(made)
    if form.is_valid() and step == LOOK:
        context = {
            "form": form,
            "file": form.file,
            "warnings": list(in_words(form.file.warnings)),
            "cut": _cut(form),
        }
        return render(request, "contracts/set_up_preview.html", context)
    return render(
        request,
        "contracts/set_up.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


def _cut(form: SetUpForm) -> Cut:
    file = form.file
    return cut_of(
        periods_of(
            file.term,
            first_day=file.assessment.first_day,
            option=file.as_read.period_option,
        )
    )
