"""Made-up work orders in the layout of the city platform's export, for demos and benches.

The same arguments give the same orders, on every machine. Telephone numbers are all of
1990000xxxx to 1990009xxxx, names are a surname and 某, 先生 or the like.
"""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import xlsxwriter

from . import words
from .words import Season, Subject

HEADINGS = (
    "工单编号", "工单来源", "工单类型", "问题分类", "标签", "标题", "主要内容", "工单状态", "来电人", "来电人电话/账号",
    "被反映区", "被反映街乡镇", "村/社区", "小区点位", "主办单位", "来电时间", "派单时间", "办理时限", "办结时间", "办理结果",
    "回复内容", "处理受理方式", "企业名称", "工单性质", "是否有效回访", "是否联系", "是否解决", "是否满意",
)  # fmt: skip

_BY_WEEKDAY = (1.15, 1.05, 1.0, 1.0, 1.0, 0.7, 0.65)
_BY_HOUR = (
    0.5, 0.3, 0.2, 0.2, 0.2, 0.4, 1.0, 2.2, 4.4, 6.6, 7.4, 6.6,
    4.6, 4.2, 5.4, 6.2, 6.2, 5.4, 4.6, 4.6, 4.6, 3.6, 2.0, 1.0,
)  # fmt: skip
_FIRST_PHONE, _PHONES = 19_900_000_000, 100_000
_FIRST_COLD_DAYS = frozenset((11, day) for day in range(7, 19))

_AGAIN, _INSISTENT, _INSISTENT_PEOPLE = 0.20, 0.03, 30
_WITHHELD, _UNKNOWN_PLACE, _BY_COMMUNITY = 0.09, 0.08, 0.35
_LATE, _VALID, _CONTACTED, _SOLVED = 0.04, 0.83, 0.98, 0.92
_SECOND_PROBLEM, _SHORTEST = 0.35, 50
_A_DAY, _OPENING = 24, 8
#: Beginning of a title → type, of those who complain of nothing.
_KINDS = {"咨询": "咨询", "建议": "建议", "感谢": "表扬"}


@dataclass(frozen=True, slots=True)
class _Caller:
    name: str
    phone: str
    community: str
    spot: str


def generate(
    count: int, *, starts_on: date, days: int, seed: int
) -> Iterator[dict[str, str]]:
    """Yield `count` orders that came in on `days` days from `starts_on`, in their order.

    The window's end is the moment of the export: what was not closed by then is open,
    and what was not called back by then has no answers. Each order is heading → text.
    """
    random = Random(seed)  # noqa: S311 - it must come out the same again
    window = [starts_on + timedelta(days=day) for day in range(days)]
    shares = [_share(day) * random.uniform(0.85, 1.15) for day in window]
    volumes = Counter(random.choices(window, shares, k=count))
    town = _Town(random, exported_at=_midnight(starts_on + timedelta(days=days)))
    for day in window:
        hours = random.choices(range(24), _BY_HOUR, k=volumes[day])
        calls = sorted(
            _midnight(day) + timedelta(hours=hour, seconds=random.randrange(3600))
            for hour in hours
        )
        for sequence, called_at in enumerate(calls, start=200_001):
            yield town.order(f"{day:%Y%m%d}{sequence}", called_at)


def write_xlsx(path: Path, rows: Iterable[Mapping[str, str]]) -> int:
    """Write `rows` as the platform exports them, a title above the head. Return how many.

    Not with `constant_memory`: that repeats every text in its cell, and a hundred
    thousand rows would be larger than what an import takes.
    """
    count = 0
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("工单导出")
        sheet.write_string(0, 0, f"{words.DISTRICT}{words.STREET}诉求工单导出")
        for column, heading in enumerate(HEADINGS):
            sheet.write_string(1, column, heading)
        for count, row in enumerate(rows, start=1):
            for column, heading in enumerate(HEADINGS):
                if text := row[heading]:
                    sheet.write_string(count + 1, column, text)
    return count


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def _is_heating(day: date) -> bool:
    return (day.month, day.day) >= (11, 7) or (day.month, day.day) <= (3, 15)


def _share(day: date) -> float:
    """Return how busy a day is, an ordinary Wednesday being 1."""
    share = _BY_WEEKDAY[day.weekday()]
    if _is_heating(day):
        share *= 1.6 if (day.month, day.day) in _FIRST_COLD_DAYS else 1.25
    return share


class _Town:
    """Who lives there, and what they call about."""

    def __init__(self, random: Random, exported_at: datetime) -> None:
        self._random = random
        self._exported_at = exported_at
        self._callers: deque[_Caller] = deque(maxlen=3_000)
        self._insistent: list[_Caller] = []

    def order(self, number: str, called_at: datetime) -> dict[str, str]:
        random = self._random
        subject = self._subject(called_at.date())
        caller = self._caller()
        urgent = random.random() < subject.urgent
        problem = random.randrange(len(subject.problems))
        title = subject.titles[problem % len(subject.titles)]
        kind = self._kind(title)
        asking = kind in _KINDS.values()
        dispatched_at = called_at + timedelta(
            minutes=random.randint(3, 12 if urgent else 40)
        )
        hours = 2 if urgent else subject.hours
        due_at = called_at + timedelta(hours=hours)
        closed_at = dispatched_at + timedelta(hours=hours) * self._pace()
        closed_at = closed_at.replace(microsecond=0)
        if hours > _A_DAY and closed_at.hour < _OPENING:
            closed_at += timedelta(hours=_OPENING)  # nobody goes to look at night
        company = self._company(subject)
        unit = subject.unit
        if random.random() < _BY_COMMUNITY and caller.community in words.COMMUNITIES:
            unit = f"{caller.community}居委会"
        say = _Voice(random, caller, unit, called_at)
        order = dict.fromkeys(HEADINGS, "") | {
            "工单编号": number,
            "工单来源": random.choices(("市级", "区级"), (85, 15))[0],
            "工单类型": kind,
            "问题分类": subject.category,
            "标签": self._tags(bool(company), urgent),
            "标题": f"{caller.spot}{title}",
            "主要内容": say.claim(subject, problem, asking=asking),
            "工单状态": "办理中",
            "来电人": caller.name,
            "来电人电话/账号": caller.phone,
            "被反映区": words.DISTRICT,
            "被反映街乡镇": words.STREET,
            "村/社区": caller.community,
            "小区点位": caller.spot,
            "主办单位": unit,
            "来电时间": str(called_at),
            "派单时间": str(dispatched_at),
            "办理时限": str(due_at),
            "企业名称": company,
            "工单性质": random.choices(("主办", "协办"), (9, 1))[0],
        }
        # Drawn in any case, so that the order of draws does not hang on the window.
        outcome = self._outcome(closed_at, say, asking=asking)
        return order | outcome if closed_at < self._exported_at else order

    def _subject(self, day: date) -> Subject:
        weights = [subject.weight * _season(subject, day) for subject in words.SUBJECTS]
        return self._random.choices(words.SUBJECTS, weights)[0]

    def _caller(self) -> _Caller:
        random, draw = self._random, self._random.random()
        if draw < _INSISTENT and self._insistent:
            return random.choice(self._insistent)
        if draw < _AGAIN and self._callers:
            return random.choice(self._callers)
        community = random.choice(list(words.COMMUNITIES))
        spot = random.choice(words.COMMUNITIES[community])
        if draw > 1 - _WITHHELD:
            return _Caller("保密", "保密", community, spot)
        caller = _Caller(
            random.choice(words.SURNAMES) + random.choice(words.STYLES),
            str(_FIRST_PHONE + random.randrange(_PHONES)),
            community if random.random() > _UNKNOWN_PLACE else "不详",
            spot,
        )
        self._callers.append(caller)
        if len(self._insistent) < _INSISTENT_PEOPLE:
            self._insistent.append(caller)
        return caller

    def _pace(self) -> float:
        """Return which part of the time allowed an order takes."""
        if self._random.random() < _LATE:
            return self._random.uniform(1.02, 1.6)
        return self._random.betavariate(2, 3) * 0.98 + 0.01

    def _company(self, subject: Subject) -> str:
        about_firms = subject.category.startswith(
            ("市场管理", "劳动", "生态环境->大气")
        )
        share = 0.4 if about_firms else 0.02
        return self._random.choice(words.FIRMS) if self._random.random() < share else ""

    def _kind(self, title: str) -> str:
        return (
            _KINDS.get(title[:2])
            or self._random.choices(("诉求", "投诉", "求助", "举报"), (50, 33, 14, 3))[
                0
            ]
        )

    def _tags(self, has_company: bool, urgent: bool) -> str:
        """Return the tags as the platform puts them: together, nothing in between."""
        tag = "营商环境" if has_company else ""
        tag = tag or self._random.choices(("", "每月一题", "七有五性"), (60, 20, 20))[0]
        return tag + ("紧急" if urgent else "")

    def _outcome(
        self, closed_at: datetime, say: "_Voice", *, asking: bool
    ) -> dict[str, str]:
        random = self._random
        called_back_at = closed_at + timedelta(hours=random.uniform(20, 72))
        valid = random.random() < _VALID
        contacted = random.random() < _CONTACTED
        solved = contacted and random.random() < _SOLVED
        shares = (88, 9, 3) if solved else (10, 25, 65)
        satisfied = random.choices(("满意", "基本满意", "不满意"), shares)[0]
        outcome = {
            "工单状态": "已办结",
            "办结时间": str(closed_at),
            "办理结果": random.choice(words.RESULTS),
            "回复内容": say.reply(
                closed_at, asking=asking, contacted=contacted, solved=solved
            ),
            "处理受理方式": random.choice(("电话", "现场", "现场", "系统转派")),
        }
        if called_back_at >= self._exported_at:
            return outcome
        if not valid:
            return outcome | {"是否有效回访": "否"}
        return outcome | {
            "是否有效回访": "是",
            "是否联系": "是" if contacted else "否",
            "是否解决": "是" if solved else "否",
            "是否满意": satisfied,
        }


class _Voice:
    """Puts an order's sentences together."""

    def __init__(
        self, random: Random, caller: _Caller, unit: str, called_at: datetime
    ) -> None:
        self._random = random
        self._called_at = called_at
        building, entrance = random.randint(1, 28), random.randint(1, 6)
        self._given = {
            "spot": caller.spot,
            "community": caller.community if caller.community != "不详" else "社区",
            "home": f"{caller.spot}{building}号楼{entrance}单元",
            "unit": unit,
        }

    def claim(self, subject: Subject, problem: int, *, asking: bool) -> str:
        """Return what was said: what about, since when, and what is asked for."""
        random = self._random
        if asking:
            details = random.sample(words.ASKING, k=random.randint(2, 4))
        else:
            details = [
                random.choice(words.DURATIONS),
                random.choice(words.EFFECTS),
                random.choice(words.EARLIER),
                *random.sample(words.BACKGROUND, k=random.choice((0, 0, 1, 1, 2, 3))),
            ]
            if random.random() < _SECOND_PROBLEM:
                details.insert(0, f"另外，{subject.problems[problem - 1]}。")
        opening = random.choice(words.OPENINGS)
        parts = [opening, subject.problems[problem], "。", *details]
        text = "".join(map(self._say, parts))
        while len(text) < _SHORTEST:
            text += self._say(random.choice(words.BACKGROUND))
        return text + random.choice(words.WISHES)

    def reply(
        self, closed_at: datetime, *, asking: bool, contacted: bool, solved: bool
    ) -> str:
        """Return what the unit wrote back."""
        random = self._random
        earlier = closed_at - timedelta(minutes=random.randint(20, 150))
        self._given["when"] = f"{earlier.month}月{earlier.day}日{earlier.hour}时"
        parts = [words.CONTACT] if contacted else []
        if asking:
            parts.append(words.EXPLANATION)
        else:
            parts += random.sample(words.REPLIES, k=2)
            parts.append(random.choice(words.MEASURES))
        endings = words.ENDINGS_SOLVED if solved else words.ENDINGS_OPEN
        parts.append(random.choice(endings if contacted else words.ENDINGS_UNREACHED))
        return "".join(map(self._say, parts))

    def _say(self, fragment: str) -> str:
        if "{" not in fragment:
            return fragment
        day = self._called_at - timedelta(days=self._random.randint(1, 20))
        return fragment.format(
            n=self._random.randint(2, 9), day=f"{day.month}月{day.day}日", **self._given
        )


def _season(subject: Subject, day: date) -> float:
    match subject.season:
        case Season.HEATING:
            return 1.0 if _is_heating(day) else 0.02
        case Season.SUMMER:
            return 1.5 if day.month in range(5, 10) else 0.6
        case Season.TERM:
            return 2.0 if day.month in {5, 6, 8, 9} else 0.6
        case Season.ALWAYS:
            return 1.0
