"""How the open points of the contract are read: each typed, with its default.

A rule never reads a point itself: it is given the one value it needs. Which value
holds, since when and by whose choice, is a record; what the choices are is here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Self, get_type_hints

from .periods import PeriodOption
from .problems import Fault, Problem, Refused
from .tables import Plain, between, convert, read, to_plain

A_DAY_OF_MINUTES = 24 * 60
A_WEEK_OF_HOURS = 7 * 24
#: Steps of pressing a unit, and of an alarm's climb: each has its own name.
STEPS = 3


class DailyCut(StrEnum):
    """When the day of a daily report ends."""

    NOON = "noon"
    MIDNIGHT = "midnight"


class DayOffRule(StrEnum):
    """What becomes of a natural-day period whose last day is a day off."""

    ROLL = "next_workday"
    KEEP = "keep"


class Bound(StrEnum):
    """Whom the ten working days before the first payment bind."""

    PARTY_B = "party_b"
    PARTY_A = "party_a"


class InvoiceBasis(StrEnum):
    """What amount a stage's invoice must equal."""

    NET = "net"
    GROSS = "gross"


class WaiverScope(StrEnum):
    """Which deductions fall away once a fault is made good."""

    ANNEX = "annex"
    ALL = "all"


class DoubleGround(StrEnum):
    """What happens when one fact fits two grounds for deduction."""

    REASONED = "reasoned"
    REFUSED = "refused"


class Carry(StrEnum):
    """What becomes of deductions that exceed the stage they come off."""

    NEXT_STAGE = "next_stage"
    CLAIM = "claim"


class MonthUnit(StrEnum):
    ASSESSMENT_PERIOD = "assessment_period"
    NATURAL_MONTH = "natural_month"


class UnpublishedYear(StrEnum):
    """How a year is counted whose official calendar is still to come."""

    PROVISIONAL = "provisional"


class ReferenceStyle(StrEnum):
    """How places in the contract are referred to."""

    AS_WRITTEN = "as_written"


class NoBreach(StrEnum):
    """What the condition that there be no breach means for a payment."""

    DECIDED_NET = "decided_net"
    STRICT = "strict"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """What each rate weighs, and what a caller counts for who was partly satisfied."""

    contacted: Annotated[Decimal, between(0, 1)] = Decimal("0.10")
    solved: Annotated[Decimal, between(0, 1)] = Decimal("0.50")
    satisfied: Annotated[Decimal, between(0, 1)] = Decimal("0.40")
    partly_satisfied: Annotated[Decimal, between(0, 1)] = Decimal("0.9")

    def faults(self) -> Iterator[Problem]:
        weights = self.contacted + self.solved + self.satisfied
        if weights != 1:
            params = {"found": str(weights), "other": "1"}
            yield Problem(Fault.DOES_NOT_ADD_UP, params=params)


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthsRunning:
    """How long nothing must have been done before Party A may end the contract."""

    unit: MonthUnit = MonthUnit.ASSESSMENT_PERIOD
    count: Annotated[int, between(1, 12)] = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class InternalLimits:
    """The desk's own limits, where the platform's deadline does not decide.

    Minutes and hours by the clock. `warn_at` are the parts of a limit after which
    people are warned, `urge_at` those of the platform's after which the clock presses.
    An urgent order is to be acknowledged within `acknowledge_minutes`; until somebody
    does, it climbs `climb_minutes` after it was raised: to the project manager, to
    Party A's supervisor, to the leader. `returns_by_party_a`: a return goes to the
    platform only with Party A's consent.
    """

    sign_minutes: Annotated[int, between(1, A_DAY_OF_MINUTES)] = 30
    urgent_sign_minutes: Annotated[int, between(1, A_DAY_OF_MINUTES)] = 10
    contact_minutes: Annotated[int, between(1, A_DAY_OF_MINUTES)] = 120
    urgent_contact_minutes: Annotated[int, between(1, A_DAY_OF_MINUTES)] = 30
    buffer_hours: Annotated[int, between(0, A_WEEK_OF_HOURS)] = 24
    warn_at: tuple[Decimal, ...] = (Decimal("0.5"), Decimal("0.8"))
    urge_at: tuple[Decimal, ...] = (Decimal("0.5"), Decimal("0.75"), Decimal("0.9"))
    acknowledge_minutes: Annotated[int, between(1, A_DAY_OF_MINUTES)] = 10
    climb_minutes: tuple[Decimal, ...] = (Decimal(10), Decimal(20), Decimal(30))
    returns_by_party_a: bool = False

    def faults(self) -> Iterator[Problem]:
        yield from _rising("warn_at", self.warn_at, below=1)
        yield from _rising("urge_at", self.urge_at, below=1)
        yield from _rising("climb_minutes", self.climb_minutes, below=A_DAY_OF_MINUTES)
        for name, steps in (
            ("urge_at", self.urge_at),
            ("climb_minutes", self.climb_minutes),
        ):
            if len(steps) != STEPS:
                params = {"found": str(len(steps)), "least": str(STEPS)}
                params["most"] = params["least"]
                yield Problem(Fault.OUT_OF_RANGE, name, params)


def _rising(name: str, steps: tuple[Decimal, ...], *, below: int) -> Iterator[Problem]:
    if any(not 0 < step < below for step in steps):
        found = ", ".join(map(str, steps))
        params = {"found": found, "least": "0", "most": str(below)}
        yield Problem(Fault.OUT_OF_RANGE, name, params)
    if any(later <= step for step, later in pairwise(steps)):
        yield Problem(Fault.NOT_RISING, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many agents must be signed on at every minute of the day."""

    least_agents: Annotated[int, between(1, 50)] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """All open points, each as it is read."""

    period_option: PeriodOption = PeriodOption.LITERAL
    score: Score = Score()
    daily_cut: DailyCut = DailyCut.NOON
    day_off_rule: DayOffRule = DayOffRule.ROLL
    first_payment_binds: Bound = Bound.PARTY_B
    invoice_basis: InvoiceBasis = InvoiceBasis.NET
    waiver_scope: WaiverScope = WaiverScope.ANNEX
    double_ground: DoubleGround = DoubleGround.REASONED
    carry: Carry = Carry.NEXT_STAGE
    months_running: MonthsRunning = MonthsRunning()
    internal_limits: InternalLimits = InternalLimits()
    unpublished_year: UnpublishedYear = UnpublishedYear.PROVISIONAL
    reference_style: ReferenceStyle = ReferenceStyle.AS_WRITTEN
    no_breach: NoBreach = NoBreach.DECIDED_NET
    coverage: Coverage = Coverage()

    @classmethod
    def from_values(cls, values: Mapping[str, Plain]) -> Self:
        """Return the readings that these values of points describe.

        A point that is not among them is read as by default. Raises ReadingsRefused,
        which names every value that is none of its point's, and every unknown point.

        >>> Readings.from_values({"daily_cut": "midnight"}).daily_cut
        <DailyCut.MIDNIGHT: 'midnight'>
        """
        problems: list[Problem] = []
        readings = read(cls, values, "", problems)
        if readings is None:
            raise ReadingsRefused(problems)
        return readings

    def to_values(self) -> dict[str, Plain]:
        """Return what JSON can hold of every point, for `from_values` to read back."""
        return {one.name: to_plain(getattr(self, one.name)) for one in fields(self)}


class ReadingsRefused(Refused):
    """A value that a point cannot be read as, or a point that there is not."""


@dataclass(frozen=True, slots=True)
class Point:
    """One place where the contract can be read in more than one way.

    `clause` is its reference, `question` what is open, `reading` how it is read by
    default. `words` says in Chinese what each choice, or each part of a value that has
    parts, means. A point with one choice is listed so that the parties know of it.
    """

    number: int
    key: str
    clause: str
    question: str
    reading: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> Any:
        """The type of its values: an enumeration, or a dataclass of parts."""
        return get_type_hints(Readings)[self.key]

    @property
    def default(self) -> Any:
        return getattr(Readings(), self.key)

    @property
    def choices(self) -> tuple[str, ...]:
        """What its values may be; nothing if they have parts."""
        kind = self.kind
        return tuple(kind) if issubclass(kind, StrEnum) else ()

    @property
    def parts(self) -> tuple[str, ...]:
        """What its values are made of; nothing if they are a choice."""
        kind = self.kind
        return tuple(one.name for one in fields(kind)) if is_dataclass(kind) else ()

    def from_value(self, value: Plain) -> Any:
        """Return a stored value as the rules take it. Raises ReadingsRefused."""
        problems: list[Problem] = []
        reading = convert(self.kind, value, self.key, problems)
        if reading is None:
            raise ReadingsRefused(problems)
        return reading

    def to_value(self, reading: Any) -> Plain:
        """Return what JSON can hold of a reading, for `from_value` to read back."""
        return to_plain(reading)

    def in_words(self, reading: Any) -> str:
        """Return a reading as the register prints it.

        >>> BY_KEY["months_running"].in_words(MonthsRunning())
        '单位：考核期；个数：3'
        """
        plain = to_plain(reading)
        if isinstance(plain, dict):
            return "；".join(
                f"{self.words[part]}：{self._say(value)}"
                for part, value in plain.items()
            )
        return self._say(plain)

    def _say(self, plain: Plain) -> str:
        if isinstance(plain, list):
            return "、".join(plain)
        return self.words.get(plain, str(plain))


POINTS: tuple[Point, ...] = (
    Point(
        1,
        "period_option",
        "附件（三）1、2",
        "服务期从5月1日算起，考核期却从19日算起：开头不足一个周期的几天怎样计，三个一组怎样分？",
        "照字面：开头一段单独算一个考核期，从头起每三个为一季；末尾不足三个的并入最后一次付款时结算。",
        {
            "a": "开头一段单独成期，末尾剩余随尾款结算",
            "b": "开头一段并入下一期，正好四季",
        },
    ),
    Point(
        2,
        "score",
        "附件（一）2",
        "合同只说有结果性指标，没有给出三率各占多少，也没有说“基本满意”折算多少。",
        "响应、解决、满意按一、五、四成计权，基本满意按九折计；数值连同启用日期可改。",
        {
            "contacted": "响应率权重",
            "solved": "解决率权重",
            "satisfied": "满意率权重",
            "partly_satisfied": "基本满意折算",
        },
    ),
    Point(
        3,
        "daily_cut",
        "第二条4",
        "日报的一天从几点到几点，合同没有写。",
        "从前一日中午12点到当日中午12点；可改为零点到零点。",
        {"noon": "中午12点截止", "midnight": "零点截止"},
    ),
    Point(
        4,
        "day_off_rule",
        "第六条（一）3",
        "按自然日计的期限，末日恰逢休息日怎么办？",
        "顺延到下一个工作日；原定日与顺延后的日子都列出。",
        {"next_workday": "顺延到下一个工作日", "keep": "不顺延"},
    ),
    Point(
        5,
        "first_payment_binds",
        "第五条（一）1",
        "首付款一项里的十个工作日，约束的是乙方备岗还是甲方付款？",
        "约束乙方组队和培训；甲方付款另按验收和发票。对中小企业付款的法定30日、60日只作提示。",
        {"party_b": "约束乙方备岗", "party_a": "约束甲方付款"},
    ),
    Point(
        6,
        "invoice_basis",
        "第五条（一）",
        "发票要与哪个金额相等：节点的全额，还是扣减后的净额？",
        "与该节点扣减后的应付净额相等。",
        {"net": "等于应付净额", "gross": "等于节点全额"},
    ),
    Point(
        7,
        "waiver_scope",
        "附件（三）3",
        "改进期内改好了，哪些责任不再追究？",
        "只免附件所列的扣减；500元、1000元的人员扣减、损坏赔偿和泄密责任不在其内。",
        {"annex": "只免附件的扣减", "all": "各类扣减都免"},
    ),
    Point(
        8,
        "double_ground",
        "第六条（二）11、附件（二）",
        "同一件事同时够得上两条扣减依据时，能否都扣？",
        "先提醒，由甲方说明理由后选定，不自动重复扣。",
        {"reasoned": "提醒后由甲方说明理由选定", "refused": "只许按一条扣"},
    ),
    Point(
        9,
        "carry",
        "第五条（一）2、3",
        "扣减超过当次应付时，多出的部分怎么办？",
        "应付最少为零，余额转到下一节点；最后一次仍不够的，记为待追缴。",
        {"next_stage": "转下一节点，最后记待追缴", "claim": "当即记待追缴"},
    ),
    Point(
        10,
        "months_running",
        "第八条2",
        "“连续三个月”按什么月份数，什么算没有完成？",
        "按三个相连的考核期数，每期都须有甲方正式认定未完成。",
        {
            "unit": "单位",
            "count": "个数",
            "assessment_period": "考核期",
            "natural_month": "自然月",
        },
    ),
    Point(
        11,
        "internal_limits",
        "第二条2",
        "合同要求及时办理，没有给出分钟和小时。",
        "平台的截止时间优先；此外按内部时限提醒，数值可改。",
        {
            "sign_minutes": "签收（分钟）",
            "urgent_sign_minutes": "紧急件签收（分钟）",
            "contact_minutes": "首次联系（分钟）",
            "urgent_contact_minutes": "紧急件首次联系（分钟）",
            "buffer_hours": "内部截止提前（小时）",
            "warn_at": "预警（占时限之比）",
            "urge_at": "三次催办（占时限之比）",
            "acknowledge_minutes": "紧急件确认（分钟）",
            "climb_minutes": "紧急件逐级上报（登记后分钟数：项目经理、甲方主管、甲方领导）",
            "returns_by_party_a": "退单须经甲方同意",
        },
    ),
    Point(
        12,
        "unpublished_year",
        "第五条（一）1、第十条5",
        "2027年的放假安排尚未公布，落在该年的工作日期限怎样算？",
        "按周末和法定节日先算，标明“暂定”；正式通知导入后再重算并列出变动。",
        {"provisional": "先算并标明暂定"},
    ),
    Point(
        13,
        "reference_style",
        "第六条、第八条",
        "条号从第六条跳到第八条，引用时怎么办？",
        "照原文的条号当文字引用，不补号，不推算。",
        {"as_written": "照原文引用"},
    ),
    Point(
        14,
        "no_breach",
        "第五条（一）2、3",
        "付款以没有违约为条件，又说有违约可以扣减：有问题未了时付不付？",
        "由甲方列出未了问题，书面说明理由作出决定，按扣减后的净额付。",
        {"decided_net": "甲方书面决定后按净额付", "strict": "有违约即停付"},
    ),
    Point(
        15,
        "coverage",
        "第二条1",
        "每天24小时不间断，按什么尺度判断有没有断？",
        "逐分钟看：每一分钟至少一名座席岗在岗；各岗各班的最少人数另行设定。",
        {"least_agents": "每分钟最少座席（人）"},
    ),
)

BY_KEY: dict[str, Point] = {point.key: point for point in POINTS}
