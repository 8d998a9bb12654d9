"""When a file is no longer laid out as the ones before it, and what to ask then."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

#: Two files that share so much of their headings are of one layout, in percent.
SAME_LAYOUT = 70

#: Headings less alike than this are not proposed for each other.
ALIKE = 0.4


def shared(known: Collection[str], found: Collection[str]) -> int:
    """Return how much of the headings `known` a file still has, in whole percent.

    >>> shared(["编号", "标题", "联系电话"], ["编号", "标题", "联系方式2"])
    66
    """
    return 100 * len(set(known) & set(found)) // max(1, len(set(known)))


@dataclass(frozen=True, slots=True)
class Lost:
    """A column that a layout had and a file lacks: its heading and its field."""

    heading: str
    field: str
    proposed: str = ""


def lost(
    known: Mapping[str, str], found: Mapping[str, str], fields: Collection[str]
) -> list[Lost]:
    """Return the columns of a layout whose field no column of a file is read as.

    `known` and `found` are heading → field, "" where it is kept as it is; `fields` are
    those that matter. What the file has anew, and is of no field, may be proposed:

    >>> known = {"编号": "number", "联系电话": "caller_phone", "网格": ""}
    >>> lost(known, {"编号": "number", "联系方式2": ""}, {"number", "caller_phone"})
    [Lost(heading='联系电话', field='caller_phone', proposed='联系方式2')]
    >>> lost(known, {"编号": "number", "来电号码": "caller_phone"}, {"caller_phone"})
    []
    """
    read_as = set(found.values())
    gone = [
        (heading, field)
        for heading, field in known.items()
        if field in fields and field not in read_as
    ]
    free = [
        heading
        for heading, field in found.items()
        if not field and heading not in known
    ]
    answers = []
    for heading, field in gone:
        proposed = most_alike(heading, free)
        if proposed:
            free.remove(proposed)
        answers.append(Lost(heading, field, proposed))
    return answers


def most_alike(heading: str, others: Iterable[str]) -> str:
    """Return which of some headings is most like one, "" where none is.

    >>> most_alike("派单时间", ["网格", "市派单日期", "派单的时间"])
    '派单的时间'
    >>> most_alike("派单时间", ["网格"])
    ''
    """
    ranked = [
        (SequenceMatcher(None, heading, other).ratio(), other) for other in others
    ]
    best, other = max(ranked, default=(0.0, ""))
    return other if best >= ALIKE else ""
