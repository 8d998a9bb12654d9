import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.samples import digest_of, sample, sample_of_each

NUMBERS = [f"20260601{number:04}" for number in range(300)]

populations = st.dictionaries(
    st.text("0123456789AB", min_size=1, max_size=8),
    st.sampled_from(["", "x", "y", "z"]),
)
seeds = st.integers(0, 2**63 - 1)


@pytest.mark.parametrize(
    ("seed", "drawn"),
    [
        (1, ["202606010102", "202606010166", "202606010101"]),
        (2, ["202606010189", "202606010247", "202606010057"]),
    ],
)
def test_a_seed_draws_what_it_has_always_drawn(seed, drawn):
    assert sample(NUMBERS, 3, seed) == drawn


@given(populations, st.integers(0, 20), seeds)
def test_the_same_seed_draws_the_same_from_whatever_order(groups, size, seed):
    numbers = list(groups)

    drawn = sample(numbers, size, seed)

    assert drawn == sample([*reversed(numbers), *numbers], size, seed)
    assert len(drawn) == len(set(drawn)) == min(size, len(numbers))
    assert set(drawn) <= set(numbers)


@given(populations, st.integers(0, 20), seeds)
def test_a_larger_sample_begins_with_the_smaller_one(groups, size, seed):
    assert sample(groups, size + 1, seed)[:size] == sample(groups, size, seed)


def test_everybody_is_as_likely_to_be_drawn():
    times = dict.fromkeys(NUMBERS[:20], 0)
    for seed in range(2000):
        for number in sample(times, 5, seed):
            times[number] += 1

    assert all(400 < drawn < 600 for drawn in times.values())  # 500 each, by chance


@given(populations, st.integers(3, 20), seeds)
def test_of_each_group_there_is_one_at_least(groups, size, seed):
    drawn = sample_of_each(groups, size, seed)

    assert {groups[number] for number in drawn} - {""} == set(groups.values()) - {""}
    assert len(drawn) == min(size, len(groups))


@given(populations, st.integers(3, 20), seeds)
def test_where_chance_has_each_group_already_the_quota_changes_nothing(
    groups, size, seed
):
    by_chance = sample(groups, size, seed)

    if {groups[number] for number in by_chance} >= set(groups.values()) - {""}:
        assert sample_of_each(groups, size, seed) == by_chance


def test_more_groups_than_places_are_refused():
    with pytest.raises(ValueError, match="2 groups"):
        sample_of_each({"1": "x", "2": "y"}, 1, seed=1)


@pytest.mark.parametrize(
    "other", [{"1": "x"}, {"1": "x", "2": "x"}, {"1": "x", "3": "y"}, {}]
)
def test_another_population_is_another_digest(other):
    assert digest_of({"1": "x", "2": "y"}) != digest_of(other)
