"""The columns of the ledger: what a list may show, a file may say, a format may ask for.

One registry for all three, so that none of them can say something else of an order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, QuerySet, TextChoices
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext_lazy

from accounts.templatetags.frame import NOTHING, bar_of, moment
from cases.clocks import begins_at
from cases.models import (
    Case,
    CaseStatus,
    Entry,
    Exclusion,
    Flag,
    Nature,
    Satisfaction,
    Source,
    Urgency,
)
from cases.rules.headers import ALIASES, tidy
from cases.rules.values import mask_name, mask_phone, mask_text

#: What is written down later than this after it happened is written down late (第二条 3).
LATE_AFTER = timedelta(hours=2)

Value = str | int | bool | datetime | None


class Reader(NamedTuple):
    """When somebody looks, and whether a permit shows them callers in clear."""

    at: datetime
    may_see: bool = False


Says = Callable[[Case, Reader], Value]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name in the program, its heading in Party A's words, its value.

    `label` is the heading in the reader's language. A `personal` column is masked
    unless a permit covers it. `needs` is what has to be fetched along with an order,
    and `long` are its long texts, which a list otherwise leaves where they are.
    """

    key: str
    heading: str
    label: Promise
    says: Says
    width: int = 14
    personal: bool = False
    needs: tuple[str, ...] = ()
    long: tuple[str, ...] = ()
    annotates: Mapping[str, Any] | None = None


class Cell(NamedTuple):
    """What an order says in a column, as a value and as it is shown."""

    column: Column
    value: Value
    text: str


# --- What an order says ------------------------------------------------------------------


def _field(name: str) -> Says:
    return lambda case, _reader: getattr(case, name)


def _masked(name: str) -> Says:
    # Also under a permit: the text may speak of others than the caller.
    return lambda case, _reader: mask_text(getattr(case, name))


def _named(name: str) -> Says:
    def says(case: Case, _reader: Reader) -> str:
        named = getattr(case, name)
        return str(named) if named else ""

    return says


def _word(name: str, choices: type[TextChoices]) -> Says:
    def says(case: Case, _reader: Reader) -> str:
        return _words(choices, get_language() or "").get(getattr(case, name), "")

    return says


@lru_cache(maxsize=64)
def _words(choices: type[TextChoices], language: str) -> dict[str, str]:
    """Return the words of a list in the active language, which is `language`."""
    return {str(value): str(label) for value, label in choices.choices}


def _category(case: Case, _reader: Reader) -> str:
    return case.category.name if case.category else ""


def _tags(case: Case, _reader: Reader) -> str:
    return "、".join(case.tags)


def _flags(case: Case, _reader: Reader) -> str:
    words = _words(Flag, get_language() or "")
    return "、".join(words.get(flag, flag) for flag in case.flags)


def _further(case: Case, _reader: Reader) -> str:
    return mask_text("；".join(f"{name}：{said}" for name, said in case.extra.items()))


def _caller_name(case: Case, reader: Reader) -> str:
    name = case.caller.name or ""
    return name if reader.may_see else mask_name(name)


def _caller_phone(case: Case, reader: Reader) -> str:
    phone = case.caller.phone or ""
    return phone if reader.may_see else mask_phone(phone)


def _caller_address(case: Case, reader: Reader) -> str:
    address = case.caller.address or ""
    return address if reader.may_see or not address else "***"


def _confidential(case: Case, _reader: Reader) -> bool:
    return case.caller.confidential


def _left(case: Case, reader: Reader) -> str:
    if case.due_at is None:
        return ""
    return bar_of(
        begins_at(case), case.due_at, at=reader.at, done_at=case.closed_at
    ).words


def _days(case: Case, reader: Reader) -> int:
    """Count the whole days that an order has been here, or was until its closing."""
    return ((case.closed_at or reader.at) - case.counted_at) // timedelta(days=1)


def _outcome(case: Case, _reader: Reader) -> str:
    """Say how the two answers that count in the city's scores fell out together."""
    if not case.valid_callback:
        return ""
    good = (case.solved, case.satisfaction == Satisfaction.SATISFIED)
    if all(good):
        return gettext("Both yes")
    return gettext("One yes") if any(good) else gettext("Both no")


# --- Whole, and in time -------------------------------------------------------------------


def _always(_case: Case) -> bool:
    return True


def _once_transferred(case: Case) -> bool:
    return case.transferred_at is not None or case.status in CLOSED


def _once_closed(case: Case) -> bool:
    return case.closed_at is not None or case.status in CLOSED


def _once_called_back(case: Case) -> bool:
    return bool(case.valid_callback)


CLOSED = frozenset({CaseStatus.CLOSED, CaseStatus.CALLED_BACK, CaseStatus.ARCHIVED})

#: Field → when a ledger that is whole has it (第二条 3). The caller is none of it: one
#: may stay unnamed.
REQUIRED: Mapping[str, Callable[[Case], bool]] = {
    "number": _always,
    "kind": _always,
    "category_id": _always,
    "content": _always,
    "community_id": _always,
    "called_at": _always,
    "dispatched_at": _always,
    "due_at": _always,
    "unit_id": _once_transferred,
    "closed_at": _once_closed,
    "result": _once_closed,
    "reply": _once_closed,
    "contacted": _once_called_back,
    "solved": _once_called_back,
    "satisfaction": _once_called_back,
}


def missing(case: Case) -> list[Column]:
    """Return the columns that this order should have by now, and has not."""
    if case.status in (CaseStatus.VOID, CaseStatus.RETURNED):
        return []
    return [
        COLUMNS[field.removesuffix("_id")]
        for field, is_due in REQUIRED.items()
        if getattr(case, field) in (None, "") and is_due(case)
    ]


def _complete(case: Case, _reader: Reader) -> bool:
    return not missing(case)


def _missing(case: Case, _reader: Reader) -> str:
    return "、".join(str(column.label) for column in missing(case))


#: Says of an order, as `written_late`, whether a line of its ledger came late.
WRITTEN_LATE = {
    "written_late": Exists(
        Entry.objects.filter(case=OuterRef("pk"), recorded_at__gt=F("at") + LATE_AFTER)
    )
}

# --- The registry -------------------------------------------------------------------------

MOMENT, NAME, TEXT = 20, 18, 48
REPLY = ("result", "reply")

COLUMNS: Mapping[str, Column] = {
    column.key: column
    for column in (
        Column(
            "number",
            "工单编号",
            pgettext_lazy("ledger", "Order number"),
            _field("number"),
            20,
        ),
        Column(
            "district_number",
            "区级工单编号",
            pgettext_lazy("ledger", "District number"),
            _field("district_number"),
            20,
        ),
        Column(
            "source",
            "工单来源",
            pgettext_lazy("ledger", "Source"),
            _word("source", Source),
        ),
        Column("kind", "工单类型", pgettext_lazy("ledger", "Type"), _field("kind"), 10),
        Column(
            "category",
            "问题分类",
            pgettext_lazy("ledger", "Category"),
            _category,
            28,
            needs=("category",),
        ),
        Column("tags", "标签", pgettext_lazy("ledger", "Tags"), _tags),
        Column("title", "标题", pgettext_lazy("ledger", "Title"), _masked("title"), 36),
        Column(
            "content",
            "主要内容",
            pgettext_lazy("ledger", "Content"),
            _masked("content"),
            TEXT,
            long=("content",),
        ),
        Column(
            "status",
            "当前状态",
            pgettext_lazy("ledger", "Status"),
            _word("status", CaseStatus),
        ),
        Column(
            "platform_status",
            "工单状态",
            pgettext_lazy("ledger", "Status on the platform"),
            _field("platform_status"),
        ),
        Column(
            "urgency",
            "紧急程度",
            pgettext_lazy("ledger", "Urgency"),
            _word("urgency", Urgency),
            10,
        ),
        Column(
            "urgent_because",
            "紧急原因",
            pgettext_lazy("ledger", "Urgent because"),
            _field("urgent_because"),
            20,
        ),
        Column(
            "caller_name",
            "来电人",
            pgettext_lazy("ledger", "Caller"),
            _caller_name,
            personal=True,
            needs=("caller",),
        ),
        Column(
            "caller_phone",
            "来电人电话/账号",
            pgettext_lazy("ledger", "Caller's telephone"),
            _caller_phone,
            18,
            personal=True,
            needs=("caller",),
        ),
        Column(
            "caller_address",
            "来电人地址",
            pgettext_lazy("ledger", "Caller's address"),
            _caller_address,
            24,
            personal=True,
            needs=("caller",),
        ),
        Column(
            "confidential",
            "是否保密",
            pgettext_lazy("ledger", "Confidential"),
            _confidential,
            10,
            needs=("caller",),
        ),
        Column(
            "district",
            "被反映区",
            pgettext_lazy("ledger", "District"),
            _field("district"),
        ),
        Column(
            "street",
            "被反映街乡镇",
            pgettext_lazy("ledger", "Street"),
            _field("street"),
        ),
        Column(
            "community",
            "村/社区",
            pgettext_lazy("ledger", "Community"),
            _named("community"),
            NAME,
            needs=("community",),
        ),
        Column(
            "spot", "小区点位", pgettext_lazy("ledger", "Place"), _masked("spot"), 24
        ),
        Column(
            "nature",
            "工单性质",
            pgettext_lazy("ledger", "Nature"),
            _word("nature", Nature),
            10,
        ),
        Column(
            "platform_unit",
            "主办单位",
            pgettext_lazy("ledger", "Unit on the platform"),
            _named("platform_unit"),
            NAME,
            needs=("platform_unit",),
        ),
        Column(
            "unit",
            "当前处理单位",
            pgettext_lazy("ledger", "Handling unit"),
            _named("unit"),
            NAME,
            needs=("unit",),
        ),
        Column(
            "channel",
            "处理受理方式",
            pgettext_lazy("ledger", "Way of handling"),
            _field("channel"),
        ),
        Column(
            "company",
            "企业名称",
            pgettext_lazy("ledger", "Company"),
            _masked("company"),
            24,
        ),
        Column(
            "called_at",
            "来电时间",
            pgettext_lazy("ledger", "Called at"),
            _field("called_at"),
            MOMENT,
        ),
        Column(
            "dispatched_at",
            "派单时间",
            pgettext_lazy("ledger", "Dispatched at"),
            _field("dispatched_at"),
            MOMENT,
        ),
        Column(
            "counted_at",
            "统计时间",
            pgettext_lazy("ledger", "Counted at"),
            _field("counted_at"),
            MOMENT,
        ),
        Column(
            "received_at",
            "录入时间",
            pgettext_lazy("ledger", "Received at"),
            _field("received_at"),
            MOMENT,
        ),
        Column(
            "due_at",
            "截止时间",
            pgettext_lazy("ledger", "Due at"),
            _field("due_at"),
            MOMENT,
        ),
        Column(
            "inner_due_at",
            "内部截止时间",
            pgettext_lazy("ledger", "Inner deadline"),
            _field("inner_due_at"),
            MOMENT,
        ),
        Column("left", "剩余时间", pgettext_lazy("ledger", "Time left"), _left, 18),
        Column("days", "来件天数", pgettext_lazy("ledger", "Days here"), _days, 10),
        Column(
            "signed_at",
            "签收时间",
            pgettext_lazy("ledger", "Signed at"),
            _field("signed_at"),
            MOMENT,
        ),
        Column(
            "transferred_at",
            "转派时间",
            pgettext_lazy("ledger", "Transferred at"),
            _field("transferred_at"),
            MOMENT,
        ),
        Column(
            "accepted_at",
            "承办签收时间",
            pgettext_lazy("ledger", "Accepted at"),
            _field("accepted_at"),
            MOMENT,
        ),
        Column(
            "first_contact_at",
            "首次联系时间",
            pgettext_lazy("ledger", "First contact at"),
            _field("first_contact_at"),
            MOMENT,
        ),
        Column(
            "replied_at",
            "回复时间",
            pgettext_lazy("ledger", "Replied at"),
            _field("replied_at"),
            MOMENT,
        ),
        Column(
            "replied_by",
            "回复人",
            pgettext_lazy("ledger", "Replied by"),
            _named("replied_by"),
            needs=("replied_by",),
        ),
        Column(
            "reviewed_at",
            "审核时间",
            pgettext_lazy("ledger", "Reviewed at"),
            _field("reviewed_at"),
            MOMENT,
        ),
        Column(
            "reviewed_by",
            "审核人",
            pgettext_lazy("ledger", "Reviewed by"),
            _named("reviewed_by"),
            needs=("reviewed_by",),
        ),
        Column(
            "closed_at",
            "办结时间",
            pgettext_lazy("ledger", "Closed at"),
            _field("closed_at"),
            MOMENT,
        ),
        Column(
            "result",
            "办理结果",
            pgettext_lazy("ledger", "Result"),
            _masked("result"),
            TEXT,
            long=("result",),
        ),
        Column(
            "reply",
            "回复内容",
            pgettext_lazy("ledger", "Reply"),
            _masked("reply"),
            TEXT,
            long=("reply",),
        ),
        Column(
            "attempts",
            "办理次数",
            pgettext_lazy("ledger", "Times handled"),
            _field("attempts"),
            10,
        ),
        Column(
            "urged",
            "催办次数",
            pgettext_lazy("ledger", "Times urged"),
            _field("urged"),
            10,
        ),
        Column(
            "supervised",
            "督办级别",
            pgettext_lazy("ledger", "Supervision"),
            _field("supervised"),
            10,
        ),
        Column("flags", "案件标签", pgettext_lazy("ledger", "Flags"), _flags),
        Column(
            "exclusion",
            "剔挂标签",
            pgettext_lazy("ledger", "Exclusion"),
            _word("exclusion", Exclusion),
            10,
        ),
        Column(
            "deferred_until",
            "挂账至",
            pgettext_lazy("ledger", "Deferred until"),
            _field("deferred_until"),
            MOMENT,
        ),
        Column(
            "valid_callback",
            "是否有效回访",
            pgettext_lazy("ledger", "Valid callback"),
            _field("valid_callback"),
            12,
        ),
        Column(
            "contacted",
            "是否联系",
            pgettext_lazy("ledger", "Contacted"),
            _field("contacted"),
            10,
        ),
        Column(
            "solved",
            "是否解决",
            pgettext_lazy("ledger", "Solved"),
            _field("solved"),
            10,
        ),
        Column(
            "satisfaction",
            "是否满意",
            pgettext_lazy("ledger", "Satisfaction"),
            _word("satisfaction", Satisfaction),
            12,
        ),
        Column(
            "outcome",
            "双是/单是/双否",
            pgettext_lazy("ledger", "Both answers"),
            _outcome,
        ),
        Column(
            "called_back_at",
            "回访时间",
            pgettext_lazy("ledger", "Called back at"),
            _field("called_back_at"),
            MOMENT,
        ),
        Column(
            "contact_cause",
            "未联系原因",
            pgettext_lazy("ledger", "Why not contacted"),
            _field("contact_cause"),
            20,
        ),
        Column(
            "solution_cause",
            "未解决原因",
            pgettext_lazy("ledger", "Why not solved"),
            _field("solution_cause"),
            20,
        ),
        Column(
            "satisfaction_cause",
            "不满意原因",
            pgettext_lazy("ledger", "Why not satisfied"),
            _field("satisfaction_cause"),
            20,
        ),
        Column(
            "parent",
            "合并至",
            pgettext_lazy("ledger", "Handled with"),
            _named("parent"),
            20,
            needs=("parent",),
        ),
        Column(
            "complete",
            "是否完整",
            pgettext_lazy("ledger", "Complete"),
            _complete,
            10,
            long=("content", *REPLY),
        ),
        Column(
            "missing",
            "缺项",
            pgettext_lazy("ledger", "Still missing"),
            _missing,
            24,
            long=("content", *REPLY),
        ),
        Column(
            "late",
            "是否迟录",
            pgettext_lazy("ledger", "Recorded late"),
            _field("written_late"),
            10,
            annotates=WRITTEN_LATE,
        ),
        Column(
            "further",
            "其他列",
            pgettext_lazy("ledger", "Further columns"),
            _further,
            TEXT,
            long=("extra",),
        ),
    )
}

#: What a list shows until somebody chooses otherwise.
DEFAULT: tuple[str, ...] = (
    "number",
    "title",
    "status",
    "left",
    "unit",
    "community",
    "counted_at",
)

#: Long texts that are fetched only for a column that shows them.
LONG = frozenset(field for column in COLUMNS.values() for field in column.long)


def chosen(keys: Iterable[str]) -> tuple[str, ...]:
    """Return those of `keys` that are columns, each once; the default if there is none.

    What is asked for comes from a query string, which can hold anything.
    """
    return tuple(dict.fromkeys(key for key in keys if key in COLUMNS)) or DEFAULT


def fetched_for(rows: QuerySet[Case], columns: Iterable[str]) -> QuerySet[Case]:
    """Fetch with each order what these columns say of it, and no other long text."""
    wanted = [COLUMNS[key] for key in columns]
    needs = {name for column in wanted for name in column.needs}
    kept = {field for column in wanted for field in column.long}
    annotations = {
        name: expression
        for column in wanted
        for name, expression in (column.annotates or {}).items()
    }
    # One row of a relation that is not needed would be as many queries as rows.
    rows = rows.select_related(*sorted(needs)) if needs else rows
    return rows.defer(*sorted(LONG - kept)).annotate(**annotations)


def values(case: Case, columns: Sequence[Column], reader: Reader) -> list[Value]:
    """Return what an order says in each column, as a file takes it."""
    return [column.says(case, reader) for column in columns]


def cells(
    case: Case, columns: Iterable[str], *, at: datetime, may_see: bool = False
) -> list[Cell]:
    """Return what an order says in each column, as a value and as the screen shows it.

    The order has to come from `fetched_for(…, columns)`. Callers are masked unless
    `may_see`, which a list never says.
    """
    reader = Reader(at, may_see)
    wanted = [COLUMNS[key] for key in columns]
    return [
        Cell(column, value, shown(value))
        for column, value in zip(wanted, values(case, wanted, reader), strict=True)
    ]


def shown(value: Value) -> str:
    """Return a value as it stands on the screen: a dash where there is none."""
    match value:
        case None | "":
            return NOTHING
        case bool():
            return gettext("Yes") if value else gettext("No")
        case datetime():
            return moment(value)
        case _:
            return str(value)


def _by_heading() -> dict[str, str]:
    """Return the key of each column by its heading, and by what else it is called."""
    found = {tidy(column.heading): key for key, column in COLUMNS.items()}
    for names in ALIASES.values():
        key = next((found[tidy(name)] for name in names if tidy(name) in found), None)
        if key is not None:
            for name in names:
                found.setdefault(tidy(name), key)
    return found


BY_HEADING: Mapping[str, str] = _by_heading()


def key_of(heading: str) -> str | None:
    """Return the column that a heading of Party A's means, if there is one."""
    return BY_HEADING.get(tidy(heading))
