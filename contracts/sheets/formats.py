"""How a workbook, old or new, shows a number as a date."""

import re

DATE_1904 = 1_462  # days between the two calendars a workbook may count by
BUILT_IN_DATES = frozenset(
    [*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)]
)

_NOT_A_DATE = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DATE_MARK = re.compile("[ymdh年月日]")


def shows_a_date(number_format: str) -> bool:
    """Tell whether a number shown in this way is a date or a time.

    >>> shows_a_date('yyyy"年"m"月"'), shows_a_date('[Red]0.0"day"')
    (True, False)
    """
    shown = _NOT_A_DATE.sub("", number_format).casefold()
    return bool(_DATE_MARK.search(shown))
