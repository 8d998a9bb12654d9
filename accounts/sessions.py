"""Sessions in PostgreSQL that know whose they are."""

from datetime import UTC, datetime
from typing import Any

from django.apps import apps
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

SIGNED_IN_AT = "signed_in_at"
ADDRESS = "address"
AGENT = "agent"
#: Whether the person had a second factor to show when they signed in.
HAS_SECOND_FACTOR = "has_second_factor"


class SessionStore(DatabaseStore):
    """Django's database session, with person, address and times as columns."""

    #: When the person last did something. A column and not among the data, so that
    #: noting it cannot undo what a request beside this one has put there.
    seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> Any:
        return apps.get_model("accounts", "Session")

    @property
    def signed_in_at(self) -> datetime | None:
        return _moment(self.get(SIGNED_IN_AT))

    def begin(self, *, at: datetime, address: str | None, agent: str) -> None:
        """Note who is at the other end, from when on."""
        self[SIGNED_IN_AT] = int(at.timestamp())
        self[ADDRESS] = address
        self[AGENT] = agent
        self.seen_at = at

    def see(self, at: datetime) -> None:
        """Note that the person is there."""
        self.seen_at = at
        self.get_model_class().objects.filter(pk=self.session_key).update(seen_at=at)

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.address = data.get(ADDRESS)
        row.agent = data.get(AGENT, "")
        row.signed_in_at = _moment(data.get(SIGNED_IN_AT))
        row.seen_at = self.seen_at
        return row

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]  # not in the stubs
        if row:
            self.seen_at = row.seen_at
        return row


def _moment(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
