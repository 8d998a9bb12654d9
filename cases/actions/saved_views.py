"""Views of the list that people keep: made, renamed, shared, deleted."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from cases.models import SavedView
from contracts.models import Contract

#: More than that nobody finds again.
MOST = 20


class ViewRefused(Exception):
    """A view that is not kept, with words for whoever wanted it."""


@transaction.atomic(durable=True)
def save_view(
    contract: Contract,
    *,
    name: str,
    query: str,
    columns: Sequence[str],
    shared: bool,
    token: UUID,
    by: User,
    at: datetime,
) -> SavedView:
    """Keep filters, sorting and columns under a name; the same name again is replaced.

    The same `token` again is the same form sent twice. Raises ViewRefused.
    """
    # One at a time per person, or two windows would both keep the last one allowed.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    own = SavedView.objects.of(contract).filter(owner=by)
    if sent := own.filter(token=token).first():
        return sent
    if not own.filter(name=name).exists() and own.count() >= MOST:
        raise ViewRefused(
            _("You keep %(most)d views already. Delete one of them first.")
            % {"most": MOST}
        )
    view, _made = SavedView.objects.update_or_create(
        contract=contract,
        owner=by,
        name=name,
        defaults={
            "query": query,
            "columns": list(columns),
            "shared": shared,
            "token": token,
            "made_at": at,
        },
    )
    return view


@transaction.atomic(durable=True)
def rename_view(view: SavedView, *, name: str) -> None:
    """Give a view another name. Raises ViewRefused where its owner has one of that name."""
    view.name = name
    try:
        with transaction.atomic():
            view.save(update_fields=["name"])
    except IntegrityError:
        raise ViewRefused(_("Another view has this name already.")) from None


@transaction.atomic(durable=True)
def share_view(view: SavedView, *, shared: bool) -> None:
    """Show a view to everybody on the contract, or to its owner alone."""
    view.shared = shared
    view.save(update_fields=["shared"])


@transaction.atomic(durable=True)
def delete_view(view: SavedView) -> None:
    view.delete()
