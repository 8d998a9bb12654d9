"""Somebody's labour contract and insured months, as facts: no pay, no sums."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from contracts.access import ContractRequest, requires
from contracts.views.matters import attempt
from staffing.actions.labour import months_of, record_labour
from staffing.forms.labour import LabourForm
from staffing.models import Person
from staffing.rules.papers import months_missing, standing

from .declarations import TONES, WORDS


@require_http_methods(["GET", "HEAD", "POST"])
@requires("staffing.file")
def labour(request: ContractRequest, pk: int) -> HttpResponse:
    posted, at = request.method == "POST", now()
    people = Person.objects.of(request.contract)
    people = people.select_related("contract", "post", "labour_paper")
    person = get_object_or_404(people, pk=pk)
    insured = list(person.insurance.select_related("paper", "recorded_by"))
    recorded = {one.month for one in insured}
    form = LabourForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        contract=request.contract,
        at=at,
        person=person,
        months=months_of(person, at=at),
        recorded=recorded,
    )
    if form.is_valid():
        # The action returns nothing, and None is a refusal.
        done = attempt(
            form,
            lambda: (
                record_labour(person, by=request.user, at=at, **form.asked) or person
            ),
        )
        if done:
            messages.success(request, _("Done. It is on record."))
            return redirect(request.path)
    today = localdate(at)
    stands = standing(person.labour_from, person.labour_to, today)
    context = {
        "form": form,
        "person": person,
        "insured": insured,
        "missing": months_missing(person.begins_on, person.leaves_on, recorded, today),
        "word": WORDS[stands],
        "tone": TONES[stands],
    }
    return render(
        request, "staffing/labour.html", context, status=422 if form.errors else 200
    )
