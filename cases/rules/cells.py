"""What stands in a cell of an export: moments, lengths, answers, tags.

A cell comes as text, or as what a workbook stores: a Decimal for a number, a naive
datetime for a number shown as a date. Moments come back aware, in Beijing time.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from zoneinfo import ZoneInfo

from contracts.rules.cells import Cell, from_serial

BEIJING = ZoneInfo("Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Unreadable(ValueError):
    """A cell that does not say what its column should; `code` says in what way."""

    def __init__(self, code: str, **given: object) -> None:
        super().__init__(code)
        self.code = code
        self.given = given


class Satisfaction(StrEnum):
    """What the caller said of the outcome."""

    SATISFIED = "satisfied"
    PARTLY = "partly"
    DISSATISFIED = "dissatisfied"
    UNRATED = "unrated"


class Unit(StrEnum):
    """What a time limit is counted in."""

    HOUR = "hour"
    DAY = "day"
    WORKDAY = "workday"


@dataclass(frozen=True, slots=True)
class Limit:
    """A length of time within which an order is to be handled."""

    value: int
    unit: Unit


# Text

_LINE_BREAK = re.compile(r"\r\n?")
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_AS_FORMULA = re.compile(r'="([^"]*)"')
_NOTHING = frozenset({
    "", "-", "--", "—", "——", "/", "\\", "无", "暂无", "不详", "未知", "空",
    "null", "none", "nan", "n/a",
})  # fmt: skip
_LONGEST_NOTHING = max(map(len, _NOTHING))


def plain(cell: Cell) -> str:
    """Return what `cell` shows, as text.

    Some systems write a number as a formula, so that a spreadsheet leaves it alone:

    >>> plain('="20260501100000"\\t'), plain(Decimal("13800000000.0"))
    ('20260501100000', '13800000000')

    Raises Unreadable on control characters.
    """
    if isinstance(cell, Decimal):
        return f"{cell.normalize():f}"
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    text = cell.strip()
    if not text.isprintable():  # the common case needs no more than this
        text = _INVISIBLE.sub("", _LINE_BREAK.sub("\n", text)).strip()
        if _CONTROL.search(text):
            raise Unreadable("control")
    if text.startswith('="') and (found := _AS_FORMULA.fullmatch(text)):
        text = found[1].strip()
    return text


def line(cell: Cell) -> str:
    """Return what `cell` shows, in one line."""
    text = plain(cell)
    return " ".join(text.split()) if "\n" in text else text


def told(cell: Cell) -> str:
    """Return what `cell` shows in one line, nothing where that is "not known".

    >>> told(" 不详 "), told("晨光社区")
    ('', '晨光社区')
    """
    text = line(cell)
    short = len(text) <= _LONGEST_NOTHING
    return "" if short and text.casefold() in _NOTHING else text


# Order numbers

_EXACT_DIGITS = 15  # what a spreadsheet keeps of a number; the rest it makes zeros
_NUMBER = re.compile(r"(?=.*\d)[^\s'\"]{1,40}")
_WHOLE = re.compile(r"(\d+)\.0+")
_EXPONENT = re.compile(r"\d(?:\.\d+)?[eE]\+?\d{1,3}")


def digits(cell: Cell) -> str:
    """Return what `cell` shows where it is made of digits, if they are all there.

    Raises Unreadable.
    """
    text = told(cell)
    if _EXPONENT.fullmatch(text):
        raise Unreadable("number_rounded")
    return text


def order_number(cell: Cell) -> str:
    """Return an order's number, whole or not at all; nothing if the cell is blank.

    A spreadsheet that took it for a quantity may have rounded it:

    >>> order_number(Decimal("2.02605011E+13"))
    '20260501100000'
    >>> order_number("2.02605E+13")
    Traceback (most recent call last):
    cases.rules.cells.Unreadable: number_rounded

    Raises Unreadable.
    """
    if isinstance(cell, Decimal):
        return _whole_number(cell)
    text = unicodedata.normalize("NFKC", digits(cell)).lstrip("'`")
    if not text:
        return ""
    if found := _WHOLE.fullmatch(text):
        return _whole_number(Decimal(found[1]))
    if not _NUMBER.fullmatch(text):
        raise Unreadable("number_malformed")
    return text


def _whole_number(value: Decimal) -> str:
    if not 0 <= value < 10**_EXACT_DIGITS or value != value.to_integral_value():
        raise Unreadable("number_rounded")
    return str(int(value))


# Moments

_PLATFORM = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}")
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_RUN_TOGETHER = re.compile(
    r"(\d{4})(\d\d)(\d\d)(?:[ T]?(\d\d)(\d\d)(\d\d)?)?(?=\D|$)", re.IGNORECASE
)
_PARTS = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜间|AM|PM"
_MOMENT = re.compile(
    rf"""
    (?P<year>\d{{4}}) \s*[年/.-]\s* (?P<month>\d{{1,2}}) \s*[月/.-]\s* (?P<day>\d{{1,2}}) \s*[日号]?
    (?: [\sT,]* (?:\(?(?:星期|周)[一二三四五六日天]\)?)? )
    (?: \s* (?P<part>{_PARTS})?
        \s* (?P<hour>\d{{1,2}}) \s*[:时点]
        \s* (?: (?P<half>半) | 整 | (?P<minute>\d{{1,2}}) \s*分? )?
        (?: :?\s* (?P<second>\d{{1,2}}) (?:\.\d+)? \s*秒? )?
        \s* (?P<suffix>{_PARTS})?
        \s* (?P<zone>Z|[+-]\d\d(?::?\d\d)?)?
    )?
    """,
    re.IGNORECASE | re.VERBOSE,
)
_LONGEST = 50  # no date is longer, and a pattern should not be tried on a novel
_MORNING = frozenset({"凌晨", "清晨", "早上", "早晨", "上午", "AM"})
_AFTERNOON = frozenset({"下午", "傍晚", "晚上", "夜间", "PM"})
_NIGHT = frozenset({"晚上", "夜间"})
_NOON, _MIDNIGHT = 12, 24
_FARTHEST_ZONE = timedelta(hours=14)


def moment(cell: Cell) -> datetime | None:
    """Return the moment `cell` names, None if it is blank.

    Without a time it is the day's beginning.

    >>> str(moment("2026年5月1日 下午3:05")), str(moment("20260501"))
    ('2026-05-01 15:05:00+08:00', '2026-05-01 00:00:00+08:00')
    >>> str(moment(Decimal("46143.5"))), str(moment("２０２６．５．１ 上午12点半"))
    ('2026-05-01 12:00:00+08:00', '2026-05-01 00:30:00+08:00')

    A year of two digits is not guessed at, nor which of two numbers is the month:

    >>> moment("26/5/1")
    Traceback (most recent call last):
    cases.rules.cells.Unreadable: date_unreadable

    Raises Unreadable: no such day, one before 2000 or after 2100, or no date at all.
    """
    try:
        found = _moment(cell)
    except Unreadable:
        raise
    except (ValueError, OverflowError) as error:
        raise Unreadable("date_impossible") from error
    if found and not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise Unreadable("date_far")
    return found


def _moment(cell: Cell) -> datetime | None:
    if isinstance(cell, datetime):
        return cell.replace(tzinfo=BEIJING)
    text = told(cell)
    if not text:
        return None
    if _PLATFORM.fullmatch(text) and text[11:13] != "24":
        # How the platform itself writes it: the quick way for the many.
        return datetime.fromisoformat(text).replace(tzinfo=BEIJING)
    if len(text) > _LONGEST:
        raise Unreadable("date_unreadable")

    text = unicodedata.normalize("NFKC", text)
    if _SERIAL.fullmatch(text):
        return from_serial(Decimal(text)).replace(tzinfo=BEIJING)
    found = _MOMENT.fullmatch(_RUN_TOGETHER.sub(_spelt_out, text, count=1))
    if not found:
        raise Unreadable("date_unreadable")
    day = datetime(
        int(found["year"]), int(found["month"]), int(found["day"]), tzinfo=BEIJING
    )
    return _at(day, found) if found["hour"] else day


def _spelt_out(found: re.Match[str]) -> str:
    year, month, day, hour, minute, second = found.groups("00")
    clock = f" {hour}:{minute}:{second}" if found[4] else ""
    return f"{year}-{month}-{day}{clock}"


def _at(day: datetime, found: re.Match[str]) -> datetime:
    parts = {part.upper() for part in (found["part"], found["suffix"]) if part}
    if len(parts) > 1:
        raise Unreadable("date_unreadable")
    hour = _hour(int(found["hour"]), next(iter(parts), ""))
    minute = 30 if found["half"] else int(found["minute"] or 0)
    second = int(found["second"] or 0)
    if (hour, minute, second) == (_MIDNIGHT, 0, 0):  # the end of the day
        return day + timedelta(days=1)
    at = day.replace(hour=hour, minute=minute, second=second)
    zone = found["zone"]
    if not zone:
        return at
    ahead = timedelta(0)
    if zone.upper() != "Z":
        minutes = int(zone[0] + zone[-2:]) if len(zone) > len("+08") else 0
        ahead = timedelta(hours=int(zone[:3]), minutes=minutes)
        if abs(ahead) > _FARTHEST_ZONE:
            raise Unreadable("date_impossible")
    return (at.replace(tzinfo=UTC) - ahead).astimezone(BEIJING)


def _hour(hour: int, part: str) -> int:
    """Return which hour of the day is meant by one of its part.

    Those who write 下午15:05 mean 15:05; 上午15:05 means nothing, and neither does
    晚上12:00, which is midnight, but of which day?
    """
    if (part in _MORNING and hour > _NOON) or (part in _NIGHT and hour == _NOON):
        raise Unreadable("date_unreadable")
    if part in _MORNING and hour == _NOON:
        return 0
    after_noon = part in _AFTERNOON or (part == "中午" and hour <= 2)  # noqa: PLR2004
    return hour + _NOON if after_noon and hour < _NOON else hour


# Lengths

_LIMIT = re.compile(
    r"(\d{1,4}|[一二两三四五六七八九十]{1,3})个?(小时|时|自然日|天|日|工作日|H|D)(?:以?内)?",
    re.IGNORECASE,
)
_UNITS = {
    "小时": Unit.HOUR, "时": Unit.HOUR, "h": Unit.HOUR,
    "天": Unit.DAY, "日": Unit.DAY, "自然日": Unit.DAY, "d": Unit.DAY,
    "工作日": Unit.WORKDAY,
}  # fmt: skip
_FIGURES = {figure: value for value, figure in enumerate("零一二三四五六七八九")} | {
    "两": 2
}


def limit(cell: Cell) -> Limit | None:
    """Return the length of time `cell` names, None if it names none.

    >>> limit("5个工作日"), limit("二十四小时内")
    (Limit(value=5, unit=<Unit.WORKDAY: 'workday'>), Limit(value=24, unit=<Unit.HOUR: 'hour'>))
    >>> limit("2026-05-16") is None
    True
    """
    if not isinstance(cell, str) or len(cell) > _LONGEST:
        return None
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", plain(cell)))
    found = _LIMIT.fullmatch(text)
    value = _count(found[1]) if found else None
    if not found or not value:
        return None
    return Limit(value, _UNITS[found[2].lower()])


def _count(text: str) -> int | None:
    """Return the number written in `text` in figures or, up to 99, in Chinese."""
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十") if "十" in text else ("", "", text)
    if any(part and part not in _FIGURES for part in (tens, ones)):
        return None
    return (_FIGURES[tens] if tens else 1) * 10 * bool(ten) + (
        _FIGURES[ones] if ones else 0
    )


# Answers

_YES = frozenset({
    "是", "有", "y", "yes", "true", "1", "√", "✓", "✔", "有效", "已联系", "已响应", "已解决",
})  # fmt: skip
_NO = frozenset({
    "否", "没有", "n", "no", "false", "0", "×", "✗", "✘", "无效", "未联系", "未响应", "未解决", "部分解决",
    "部分",
})  # fmt: skip
_SATISFACTION = {
    "满意": Satisfaction.SATISFIED, "非常满意": Satisfaction.SATISFIED, "很满意": Satisfaction.SATISFIED,
    "基本满意": Satisfaction.PARTLY,
    "不满意": Satisfaction.DISSATISFIED, "非常不满意": Satisfaction.DISSATISFIED,
    "未评价": Satisfaction.UNRATED, "未表态": Satisfaction.UNRATED,
}  # fmt: skip


def yes_no(cell: Cell) -> bool | None:
    """Return the answer in `cell`, None if there is none. Solved in part is not solved.

    >>> yes_no("是"), yes_no("部分解决"), yes_no("")
    (True, False, None)

    Raises Unreadable.
    """
    text = told(cell).casefold()
    if not text:
        return None
    if text in _YES or text in _NO:
        return text in _YES
    raise Unreadable("yes_no")


def satisfaction(cell: Cell) -> Satisfaction | None:
    """Return how content the caller was, None if not said.

    Raises Unreadable.
    """
    text = told(cell)
    if not text:
        return None
    if found := _SATISFACTION.get(text):
        return found
    raise Unreadable("satisfaction")


# Categories and tags

LEVELS = 3
URGENT_TAGS = frozenset({"紧急", "特急", "加急", "突发"})
KNOWN_TAGS = URGENT_TAGS | {
    "每月一题", "七有五性", "营商环境", "企业诉求", "疑难", "重复",
    "幼有所育", "学有所教", "劳有所得", "病有所医", "老有所养", "住有所居", "弱有所扶",
    "便利性", "宜居性", "多样性", "公正性", "安全性",
}  # fmt: skip

_ARROW = re.compile(r"[-—=]{0,2}>|→")
_TAG = re.compile("|".join(sorted(map(re.escape, KNOWN_TAGS), key=len, reverse=True)))
_TAGS = re.compile(rf"(?:{_TAG.pattern})+")
_BETWEEN_TAGS = re.compile(r"[、,，;；/|\s]+")


def category(cell: Cell) -> tuple[str, ...]:
    """Return the levels of a category from the top, at most three.

    >>> category("市政设施->道路->路面破损")
    ('市政设施', '道路', '路面破损')
    """
    levels = _ARROW.split(
        unicodedata.normalize("NFKC", told(cell)), maxsplit=LEVELS - 1
    )
    return tuple(level.strip() for level in levels if level.strip())


def tags(cell: Cell) -> tuple[str, ...]:
    """Return the tags in `cell`, each once.

    One layout puts them together without a mark between them. A word is taken apart
    only if known tags are all of it: 非紧急 is not 紧急.

    >>> tags("营商环境紧急"), tags("非紧急、学校周边")
    (('营商环境', '紧急'), ('非紧急', '学校周边'))
    """
    found: dict[str, None] = {}
    for word in _BETWEEN_TAGS.split(told(cell)):
        parts = _TAG.findall(word) if _TAGS.fullmatch(word) else [word]
        found.update(dict.fromkeys(part for part in parts if part))
    return tuple(found)


def urgent(cell: Cell) -> bool:
    """Tell whether `cell` calls the order urgent, by a level or by an answer.

    >>> urgent("特急(突发)"), urgent("一般"), urgent("是")
    (True, False, True)
    """
    text = unicodedata.normalize("NFKC", told(cell)).casefold()
    return text.partition("(")[0] in URGENT_TAGS or text in _YES
