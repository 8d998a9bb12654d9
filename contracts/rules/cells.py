"""What a cell of a spreadsheet can hold, and what its day counts mean."""

from datetime import datetime, timedelta
from decimal import Decimal

Cell = str | Decimal | datetime

_SECONDS_A_DAY = 24 * 60 * 60
#: The day before which spreadsheets count nothing.
_SERIAL_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's own calendar


def from_serial(serial: Decimal) -> datetime:
    """Return the naive moment of a spreadsheet's day count, to the second.

    >>> from_serial(Decimal("46143.25"))
    datetime.datetime(2026, 5, 1, 6, 0)
    """
    seconds = (serial * _SECONDS_A_DAY).to_integral_value()
    return _SERIAL_ZERO + timedelta(seconds=int(seconds))
