"""A sample drawn by chance that anybody can draw again: its seed alone decides it.

What comes first is decided by SHA-256 of the seed and the number, which is the same on
every machine and for every version of the language.
"""

from collections.abc import Iterable, Mapping
from hashlib import sha256


def sample(numbers: Iterable[str], size: int, seed: int) -> list[str]:
    """Return `size` of these numbers, or all where there are fewer, in the order drawn.

    In which order they are given, and how often each, makes no difference. A larger
    sample begins with the smaller one.

    >>> sample(["A1", "A2", "A3", "A4"], 2, seed=7)
    ['A2', 'A4']
    >>> sample(["A4", "A3", "A2", "A1", "A1"], 3, seed=7)[:2]
    ['A2', 'A4']
    """
    return _shuffled(numbers, seed)[:size]


def sample_of_each(groups: Mapping[str, str], size: int, seed: int) -> list[str]:
    """Return a sample in which every group has one number at least.

    `groups` says of each number which group it is of, "" for none. The first of each
    group that the seed would have drawn is in; the rest is drawn from all. Raises
    ValueError where there are more groups than `size`.

    >>> sample_of_each({"A1": "x", "A2": "x", "A3": "y", "A4": "x"}, 2, seed=7)
    ['A2', 'A3']
    """
    shuffled = _shuffled(groups, seed)
    firsts: dict[str, str] = {}
    for number in shuffled:
        if groups[number]:
            firsts.setdefault(groups[number], number)
    if len(firsts) > size:
        raise ValueError(f"{len(firsts)} groups do not fit into a sample of {size}.")
    kept = set(firsts.values())
    rest = [number for number in shuffled if number not in kept]
    kept |= set(rest[: size - len(kept)])
    return [number for number in shuffled if number in kept]


def digest_of(groups: Mapping[str, str]) -> str:
    """Return what tells one population from another: SHA-256 of its lines, sorted.

    >>> digest_of({"A1": "", "A2": ""}) == digest_of({"A2": "", "A1": ""})
    True
    """
    lines = "\n".join(f"{number}\t{groups[number]}" for number in sorted(groups))
    return sha256(lines.encode()).hexdigest()


def _shuffled(numbers: Iterable[str], seed: int) -> list[str]:
    return sorted(
        set(numbers),
        key=lambda number: (sha256(f"{seed}:{number}".encode()).digest(), number),
    )
