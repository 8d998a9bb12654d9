"""Amounts in CNY: rounded to the fen, and written out in words (大写)."""

import re
from decimal import ROUND_HALF_UP, Decimal

FEN = Decimal("0.01")
#: What the words reach up to: four sections of four digits.
TOO_MUCH = Decimal(10) ** 16

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")
SECTIONS = ("兆", "亿", "万", "")
WORTH = {"拾": 10, "佰": 100, "仟": 1000}
SECTION_WORTH = {"万": 10**4, "亿": 10**8, "兆": 10**12}

#: 零 that people may write or not: between a section and the next one, where that is
#: full, and between 元 and 角. Between 亿 and a bare 仟 it must stand: 万 is empty there.
MAY_BE_LEFT_OUT = re.compile(
    r"(?<=兆)零(?=.仟[^万元]*亿)|(?<=亿)零(?=.仟[^元]*万)|(?<=万)零(?=.仟)|(?<=元)零(?=.角)"
)


class NotAnAmount(ValueError):
    """Words that are not a sum of money, or not as such a sum is written."""


def to_fen(amount: Decimal) -> Decimal:
    """Round an amount to the fen, half up. To be done once, at the end.

    >>> to_fen(Decimal("2327640.00") * 92 / 365)
    Decimal('586692.82')
    >>> to_fen(Decimal("0.005"))
    Decimal('0.01')
    """
    if not amount.is_finite():
        raise NotAnAmount(f"{amount} is not an amount.")
    return amount.quantize(FEN, ROUND_HALF_UP) + 0  # no "-0.00"


def in_words(amount: Decimal) -> str:
    """Return an amount as invoices and contracts write it out, without 人民币 before it.

    >>> in_words(Decimal("2327640.00"))
    '贰佰叁拾贰万柒仟陆佰肆拾元整'
    >>> in_words(Decimal("16409.02"))
    '壹万陆仟肆佰零玖元零贰分'

    Raises NotAnAmount for what is negative, finer than a fen, or 10**16 and more.
    """
    fits = amount.is_finite() and 0 <= amount < TOO_MUCH
    if not fits or to_fen(amount) != amount:
        raise NotAnAmount(f"{amount} cannot be written out.")

    yuan, fen = divmod(int(amount * 100), 100)
    jiao, fen = divmod(fen, 10)
    if not jiao and not fen:
        return f"{_whole(yuan) or DIGITS[0]}元整"

    words = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif yuan:
        words += DIGITS[0]
    return words + (f"{DIGITS[fen]}分" if fen else "")


def from_words(words: str) -> Decimal:
    """Return the amount, in CNY, that stands written out, with or without 人民币.

    >>> from_words("人民币 陆拾玖万捌仟贰佰玖拾贰元整")
    Decimal('698292.00')

    Raises NotAnAmount. What is not written the way `in_words` writes it counts as
    that, so a figure with a word missing is not taken for a smaller one; spaces, 圆,
    正, a 整 after 角 and the zeros that may be left out do not matter.
    """
    written = _in_one_way(words)
    amount = _add_up(written)
    if in_words(amount) != written:
        raise NotAnAmount(f"{words} is not an amount written out.")
    return amount


def _whole(yuan: int) -> str:
    """Return whole yuan in words, "" for none of them."""
    words = ""
    for at, section in enumerate(SECTIONS):
        digits = yuan // 10 ** (4 * (3 - at)) % 10**4
        if not digits:
            continue
        if words and (digits < WORTH["仟"] or _is_empty_before(yuan, at)):
            words += DIGITS[0]
        words += _section(digits) + section
    return words


def _is_empty_before(yuan: int, at: int) -> bool:
    """Tell whether the section before the one at `at` has nothing in it."""
    return not yuan // 10 ** (4 * (4 - at)) % 10**4


def _section(digits: int) -> str:
    """Return up to four digits in words; zeros in a row between others are one."""
    words = "".join(
        DIGITS[int(digit)] + (place if digit != "0" else "")
        for digit, place in zip(f"{digits:04}", PLACES, strict=True)
    )
    return re.sub("零+", "零", words).strip("零")


def _in_one_way(words: str) -> str:
    written = "".join(words.split()).removeprefix("人民币")
    written = written.replace("圆", "元").replace("正", "整")
    if written.endswith("角整"):
        written = written.removesuffix("整")
    if written.endswith("元"):
        written += "整"
    return MAY_BE_LEFT_OUT.sub("", written)


def _add_up(written: str) -> Decimal:
    """Add up what the words say, in whatever order they stand."""
    fen = section = total = digit = 0
    for word in written:
        if word in DIGITS:
            digit = DIGITS.index(word)
        elif word in WORTH:
            section += digit * WORTH[word]
            digit = 0
        elif word in SECTION_WORTH:
            total += (section + digit) * SECTION_WORTH[word]
            section = digit = 0
        elif word == "元":
            total += section + digit
            section = digit = 0
        elif word in "角分":
            fen += digit * (10 if word == "角" else 1)
            digit = 0
    return Decimal(total * 100 + fen).scaleb(-2).quantize(FEN)
