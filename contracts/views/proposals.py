"""Pages of what one person of Party A proposes and another signs."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from contracts.access import ContractRequest, requires
from contracts.actions.proposals import ProposalRefused
from contracts.actions.recompute import RecomputeRefused, fingerprint
from contracts.models import DueMove, ProposalStatus, TransitionRefused
from contracts.proposal_steps import AnyProposal, Matter, Step, open_steps
from contracts.register import counted


def page_view(matter: Matter) -> Callable[..., Any]:
    """Return the view that shows one proposal, and what it changes or has changed."""

    @require_safe
    @requires("contracts.view")
    def show(request: ContractRequest, pk: int) -> HttpResponse:
        return _page(request, matter, _proposal(request, matter, pk))

    show.__name__ = f"{matter.name}_proposal"
    return show


def step_view(matter: Matter, step: Step) -> Callable[..., Any]:
    """Return the view that takes one step of a proposal."""

    @require_POST
    @requires(step.action)
    @sensitive_post_parameters("proof")
    def take(request: ContractRequest, pk: int) -> HttpResponse:
        proposal, at = _proposal(request, matter, pk), now()
        form = step.form(request.POST, request=request, at=at)
        if form.is_valid():
            try:
                step.take(matter)(proposal, by=request.user, at=at, **form.cleaned_data)
            except (ProposalRefused, RecomputeRefused, TransitionRefused) as refusal:
                form.add_error(None, str(refusal))
                proposal = _proposal(request, matter, pk)  # as somebody has left it
            else:
                messages.success(request, _("Done. It is on record."))
                return redirect(matter.url, request.contract.number, pk)
        return _page(request, matter, proposal, refused={step.name: form}, status=422)

    take.__name__ = f"{step.name}_{matter.name}"
    return take


def _proposal(request: ContractRequest, matter: Matter, pk: int) -> AnyProposal:
    rows = matter.rows(request.contract).visible_to(request.role)
    rows = rows.select_related("contract", "proposed_by", "decided_by")
    proposal: AnyProposal = get_object_or_404(rows, pk=pk)
    return proposal


def _page(
    request: ContractRequest,
    matter: Matter,
    proposal: AnyProposal,
    *,
    refused: dict[str, Any] | None = None,
    status: int = 200,
) -> HttpResponse:
    at, refused = now(), refused or {}
    waits = proposal.status == ProposalStatus.PROPOSED
    shown, moves = matter.look_at(proposal) if waits else ({}, [])
    steps = open_steps(
        proposal,
        request=request,
        may=request.may,
        at=at,
        seen=fingerprint(moves),
        refused=refused,
    )
    open_names = {one.step.name for one in steps}
    context = {
        **matter.facts(proposal),
        **shown,
        "matter": matter,
        "proposal": proposal,
        "waits": waits,
        "moves": moves,
        "counted": counted(moves),
        "moved": _moved(proposal),
        "steps": steps,
        # A step that is not open any more has no form to say why on.
        "closed": [form for name, form in refused.items() if name not in open_names],
    }
    return render(request, matter.template, context, status=status)


def _moved(proposal: AnyProposal) -> Any:
    """Return the moves on record that adopting a proposal has made."""
    if proposal.status != ProposalStatus.ADOPTED or proposal.decided_at is None:
        return []
    return (
        DueMove.objects.filter(due__contract=proposal.contract, at=proposal.decided_at)
        .select_related("due__obligation__clause", "due__contract")
        .order_by("became_on", "pk")
    )
