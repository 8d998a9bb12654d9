import json
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum

import pytest

from contracts.rules.periods import PeriodOption
from contracts.rules.readings import (
    BY_KEY,
    POINTS,
    DailyCut,
    InternalLimits,
    MonthsRunning,
    MonthUnit,
    Readings,
    ReadingsRefused,
    Score,
)


def problems(values: dict[str, object]) -> list[tuple[str, str]]:
    with pytest.raises(ReadingsRefused) as refusal:
        Readings.from_values(values)
    return [(problem.code, problem.path) for problem in refusal.value.problems]


def test_there_are_fifteen_points_each_with_its_reading():
    assert [point.number for point in POINTS] == list(range(1, 16))
    assert [point.key for point in POINTS] == [one.name for one in fields(Readings)]


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.key)
def test_a_point_has_words_for_all_that_its_values_say(point):
    enums = [point.kind] if point.choices else []
    enums += [
        type(getattr(point.default, part))
        for part in point.parts
        if isinstance(getattr(point.default, part), StrEnum)
    ]
    said = {*point.parts, *(choice.value for enum in enums for choice in enum)}

    assert set(point.words) == said
    assert all([point.clause, point.question, point.reading, *point.words.values()])


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.key)
def test_a_point_s_value_survives_json(point):
    stored = json.loads(json.dumps(point.to_value(point.default)))

    assert point.from_value(stored) == point.default


def test_all_readings_survive_json():
    readings = Readings(
        period_option=PeriodOption.JOINED,
        score=Score(contacted=Decimal("0.2"), solved=Decimal("0.4")),
        months_running=MonthsRunning(unit=MonthUnit.NATURAL_MONTH, count=2),
    )

    stored = json.loads(json.dumps(readings.to_values()))

    assert Readings.from_values(stored) == readings


def test_a_point_that_nobody_has_settled_is_read_as_by_default():
    readings = Readings.from_values({"daily_cut": "midnight"})

    assert readings == Readings(daily_cut=DailyCut.MIDNIGHT)


def test_the_defaults_are_the_ones_adopted():
    readings = Readings()

    assert (readings.score.contacted, readings.score.solved) == (
        Decimal("0.10"),
        Decimal("0.50"),
    )
    assert (readings.score.satisfied, readings.score.partly_satisfied) == (
        Decimal("0.40"),
        Decimal("0.9"),
    )
    assert readings.internal_limits == InternalLimits(
        sign_minutes=30,
        urgent_sign_minutes=10,
        contact_minutes=120,
        urgent_contact_minutes=30,
        buffer_hours=24,
        warn_at=(Decimal("0.5"), Decimal("0.8")),
    )


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"daily_cutt": "noon"}, [("unknown", "daily_cutt")]),
        ({"daily_cut": "dusk"}, [("not_a_choice", "daily_cut")]),
        ({"daily_cut": 12}, [("not_a_choice", "daily_cut")]),
        ({"daily_cut": None}, [("not_a_choice", "daily_cut")]),
        ({"reference_style": "computed"}, [("not_a_choice", "reference_style")]),
        ({"score": "0.5"}, [("not_a_table", "score")]),
        ({"score": {"solved": "half"}}, [("not_a_number", "score.solved")]),
        ({"score": {"solved": 0.5}}, [("not_a_number", "score.solved")]),
        ({"score": {"solved": True}}, [("not_a_number", "score.solved")]),
        ({"score": {"solved": "NaN"}}, [("not_a_number", "score.solved")]),
        ({"score": {"solved": "1.5"}}, [("out_of_range", "score.solved")]),
        ({"score": {"solved": "0.6"}}, [("does_not_add_up", "score")]),
        ({"score": {"solved": "0.4"}}, [("does_not_add_up", "score")]),
        ({"score": {"half": "0.9"}}, [("unknown", "score.half")]),
        ({"months_running": {"count": "3"}}, [("not_whole", "months_running.count")]),
        ({"months_running": {"count": True}}, [("not_whole", "months_running.count")]),
        ({"months_running": {"count": 0}}, [("out_of_range", "months_running.count")]),
        (
            {"internal_limits": {"warn_at": "0.5"}},
            [("not_a_list", "internal_limits.warn_at")],
        ),
        (
            {"internal_limits": {"warn_at": ["0.8", "0.5"]}},
            [("not_rising", "internal_limits.warn_at")],
        ),
        (
            {"internal_limits": {"warn_at": ["0.5", "0.5"]}},
            [("not_rising", "internal_limits.warn_at")],
        ),
        (
            {"internal_limits": {"warn_at": ["0.5", "1"]}},
            [("out_of_range", "internal_limits.warn_at")],
        ),
        (
            {"internal_limits": {"urge_at": ["0.5", "0.9"]}},
            [("out_of_range", "internal_limits.urge_at")],
        ),
        (
            {"internal_limits": {"climb_minutes": ["10", "30", "20"]}},
            [("not_rising", "internal_limits.climb_minutes")],
        ),
        (
            {"internal_limits": {"warn_at": ["0.5", "soon"]}},
            [("not_a_number", "internal_limits.warn_at[2]")],
        ),
        (
            {"carry": "x", "coverage": {"least_agents": 0}, "zzz": 1},
            [
                ("unknown", "zzz"),
                ("not_a_choice", "carry"),
                ("out_of_range", "coverage.least_agents"),
            ],
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(values, found):
    assert problems(values) == found


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("daily_cut", "中午12点截止"),
        (
            "score",
            "响应率权重：0.10；解决率权重：0.50；满意率权重：0.40；基本满意折算：0.9",
        ),
        ("months_running", "单位：考核期；个数：3"),
        ("coverage", "每分钟最少座席（人）：1"),
    ],
)
def test_a_reading_can_be_put_in_words(key, words):
    point = BY_KEY[key]

    assert point.in_words(point.default) == words


def test_warning_steps_are_put_in_words_one_by_one():
    point = BY_KEY["internal_limits"]

    assert "；预警（占时限之比）：0.5、0.8；" in point.in_words(point.default)
