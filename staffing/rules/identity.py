"""Identity numbers of the mainland（GB 11643）: their form, and their check character."""

from datetime import date

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_LENGTH = 18
#: Where the birthday stands in it.
_YEAR, _MONTH, _DAY = slice(6, 10), slice(10, 12), slice(12, 14)


def tidy_identity(number: str) -> str:
    """Return a number as it is kept: without blanks, its check letter a capital.

    >>> tidy_identity(" 99999919900307 123x ")
    '99999919900307123X'
    """
    return "".join(number.split()).upper()


def is_identity(number: str) -> bool:
    """Tell whether a tidied number can be one: 17 figures with a birthday, and its check.

    >>> is_identity("999999199003070012"), is_identity("999999199003070013")
    (True, False)
    """
    body, check = number[:-1], number[-1:]
    if len(number) != _LENGTH or not (body.isascii() and body.isdecimal()):
        return False
    try:
        date(int(number[_YEAR]), int(number[_MONTH]), int(number[_DAY]))
    except ValueError:
        return False
    total = sum(
        int(figure) * weight for figure, weight in zip(body, _WEIGHTS, strict=True)
    )
    return _CHECKS[total % len(_CHECKS)] == check
