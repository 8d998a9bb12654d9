"""All deadlines in one calendar, and its feed for other calendars."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from accounts.paging import count, page
from contracts.access import ContractRequest, requires
from contracts.actions import feeds as actions
from contracts.actions.feeds import FeedRefused
from contracts.deadlines import Month, Wanted, for_lines, lines_of, month_sheet, tally
from contracts.feed import events_of, to_text
from contracts.filters.obligations import DeadlineFilter
from contracts.forms.obligations import FeedForm
from contracts.models import Due, FeedToken

#: Programs ask every hour; that they do is noted no oftener.
NOTED_EVERY = timedelta(hours=1)


@require_safe
@requires("contracts.view")
def deadlines(request: ContractRequest) -> HttpResponse:
    return _page(request)


@require_POST
@requires("contracts.view")
def make_feed(request: ContractRequest) -> HttpResponse:
    at = now()
    form = FeedForm(request.POST, contract=request.contract, at=at)
    if form.is_valid():
        try:
            feed, secret = actions.make(
                request.contract, by=request.user, at=at, **form.cleaned_data
            )
        except FeedRefused as refusal:
            form.add_error(None, str(refusal))
        else:
            # No redirect: the address is shown this once and kept nowhere.
            return _page(request, made=_address(request, secret), feed=feed)
    return _page(request, form=form, status=422)


@require_POST
@requires("contracts.view")
def revoke_feed(request: ContractRequest, pk: int) -> HttpResponse:
    mine = FeedToken.objects.of(request.contract).filter(user=request.user)
    actions.revoke(get_object_or_404(mine, pk=pk), by=request.user, at=now())
    messages.success(request, _("The subscription is taken back; its address is void."))
    return redirect("contracts:deadlines", request.contract.number)


@require_safe
def feed(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """Answer a calendar program. There is no sign-in here: the secret lets it in.

    Where it does not, or its person may not see the contract any more, nothing exists.
    """
    opened = FeedToken.objects.opened_by(secret).filter(contract__number=number)
    token = opened.select_related("contract").first()
    if token is None:
        raise Http404
    at = now()
    if token.last_used_at is None or at - token.last_used_at >= NOTED_EVERY:
        token.used(at=at)
    events = events_of(token.contract, side=token.side, site=_site(request), at=at)
    response = HttpResponse(
        to_text(str(token.contract), events, at=at),
        content_type="text/calendar; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="{number}.ics"'
    response["Cache-Control"] = "no-store, private"
    return response


def _page(
    request: ContractRequest,
    *,
    form: FeedForm | None = None,
    made: str = "",
    feed: FeedToken | None = None,
    status: int = 200,
) -> HttpResponse:
    contract, at = request.contract, now()
    today = localdate(at)
    found = DeadlineFilter(
        request.GET, queryset=Due.objects.of(contract), contract=contract, at=at
    )
    month = Month.named(request.GET.get("month", ""), today=today)
    listed = request.GET.get("show") == "list"
    context = {
        "filter": found,
        "month": month,
        "this_month": Month.named("", today=today),
        "listed": listed,
        "tally": tally(contract, at),
        "tabs": _tabs(request, listed=listed),
        "feeds": FeedToken.objects.of(contract).living().filter(user=request.user),
        "form": form or FeedForm(contract=contract, at=at),
        "made": made,
        "feed": feed,
        "at": at,
        **(_listed(request, found) if listed else {}),
    }
    if not listed:
        context["sheet"] = month_sheet(
            contract, found.qs, month, wanted=_wanted(found), at=at
        )
    return render(request, "contracts/deadlines.html", context, status=status)


def _listed(request: ContractRequest, found: DeadlineFilter) -> dict[str, Any]:
    """Return the page of a list of all dues, whatever their month."""
    rows = found.qs.exclude(due_at=None)
    shown = page(
        for_lines(rows),
        "due_at",
        before=request.GET.get("before", ""),
        after=request.GET.get("after", ""),
    )
    return {
        "page": shown,
        "count": count(rows),
        "lines": list(lines_of(request.contract, shown.rows, found.at)),
    }


def _tabs(request: ContractRequest, *, listed: bool) -> list[dict[str, Any]]:
    tabs = []
    for show, label in (("", pgettext("calendar", "Month")), ("list", _("All months"))):
        query = request.GET.copy()
        for name in ("show", "before", "after", "month"):
            query.pop(name, None)
        if show:
            query["show"] = show
        current = listed == bool(show)
        tabs.append(
            {"label": label, "href": f"?{query.urlencode()}", "current": current}
        )
    return tabs


def _wanted(found: DeadlineFilter) -> Wanted:
    asked = found.form.cleaned_data
    return Wanted(
        side=asked.get("side") or "",
        clause=asked.get("clause"),
        words=asked.get("q") or "",
        dues_only=bool(asked.get("status") or asked.get("obligation")),
    )


def _address(request: HttpRequest, secret: str) -> str:
    """Return where a calendar program finds the feed; "" if the secret is not known."""
    if not secret:
        return ""
    return f"{_site(request)}{request.path}{secret}.ics"


def _site(request: HttpRequest) -> str:
    return settings.SITE_URL or f"{request.scheme}://{request.get_host()}"
