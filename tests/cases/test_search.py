"""Orders are found by what people have: a piece of a number, two characters, a place."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.paging import count, page
from accounts.roles import Role
from cases.actions.names import words_of
from cases.models import Caller, Case, CaseWords, phone_hashes
from cases.search import found, in_weeks
from tests.factories import NOON, make_case, make_contract, make_unit, make_user

pytestmark = pytest.mark.django_db

WEEK = timedelta(days=7)


@pytest.fixture
def contract():
    return make_contract()


def numbers(contract, words, *, phones=False):
    rows = found(Case.objects.of(contract), words, phones=phones)
    return sorted(rows.values_list("number", flat=True))


def make_called(contract, phone, **given):
    """Make an order with everything a caller's number is found by."""
    case = make_case(contract, **given)
    Caller.objects.filter(case=case).update(**phone_hashes(phone))
    return case


@pytest.mark.parametrize(
    "part", ["2026", "0512", "0512345", "SH2026", "sh20260512345", "12345"]
)
def test_an_order_is_found_by_any_part_of_its_number(contract, part):
    make_case(contract, number="SH20260512345", content="路灯")
    make_case(contract, number="BJ77778888", content="漏水")

    assert numbers(contract, part) == ["SH20260512345"]


@pytest.mark.parametrize("part", ["051", "0512345678", "20260513", "1202"])
def test_and_not_by_what_is_no_part_of_it(contract, part):
    make_case(contract, number="SH20260512345", content="路灯")

    assert numbers(contract, part) == []


def test_parts_that_stand_apart_are_not_the_part_asked_for(contract):
    make_case(contract, number="0123412345", content="路灯")

    assert numbers(contract, "012345") == []


@pytest.mark.parametrize(
    "words", ["路灯", "路灯不亮", "永定路", "12号楼", "路灯 永定", "2024 路灯", "灯"]
)
def test_an_order_is_found_by_words_place_and_several_together(contract, words):
    make_case(
        contract,
        number="AAAA2024000",
        title="路灯不亮",
        content="晚上看不见",
        spot="永定路12号楼",
    )
    make_case(contract, number="BBBB2025000", title="漏水", content="楼上漏水")

    assert numbers(contract, words) == ["AAAA2024000"]


def test_whoever_may_see_callers_finds_them_by_their_last_four_figures(contract):
    make_called(contract, "13800000042", number="AAAA1111")
    make_called(contract, "13800000043", number="BBBB2222")

    assert numbers(contract, "0042", phones=True) == ["AAAA1111"]
    assert numbers(contract, "A1111 0042", phones=True) == ["AAAA1111"]
    assert numbers(contract, "B2222 0042", phones=True) == []
    assert numbers(contract, "0042") == []


@pytest.mark.parametrize(
    ("role", "finds"),
    [(Role.AGENT, True), (Role.CLERK, True), (Role.LEADER, False), (Role.UNIT, False)],
)
def test_only_roles_that_may_see_callers_find_by_telephone(
    client, contract, settings, role, finds
):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    unit, user = make_unit(contract), make_user(contract, role, demo=True)
    unit.members.create(user=user, since=NOON)
    make_called(
        contract, "13800000042", number="AAAA1111", unit=unit, transferred_at=NOON
    )
    client.force_login(user)

    answer = client.get(reverse("cases:list", args=[contract.number]), {"q": "0042"})

    assert (len(answer.context["page"].rows) == 1) is finds


def test_nobody_finds_by_a_telephone_number_in_a_text(contract):
    words = "请回电13800000042或010-62000000，138 0000 0042"
    make_case(contract, title=words, content=words, spot=words, company=words)

    for asked in ("13800000042", "0042", "62000000", "138"):
        assert numbers(contract, asked) == []


def test_what_an_import_changes_is_found_anew(contract):
    case = make_case(contract, title="路灯不亮", content="")
    Case.objects.filter(pk=case.pk).update(title="楼道漏水")
    case.refresh_from_db()
    CaseWords.objects.filter(case=case).update(grams=words_of(case))

    assert numbers(contract, "路灯") == []
    assert numbers(contract, "漏水") == [case.number]


@pytest.mark.parametrize("by", ["-counted_at", "counted_at"])
@pytest.mark.parametrize("apart", [timedelta(hours=1), WEEK, 30 * WEEK])
def test_a_search_is_paged_as_if_it_had_not_been_cut_into_weeks(contract, by, apart):
    for number in range(7):
        make_case(contract, counted_at=NOON - number * apart)
        make_case(contract, counted_at=NOON - number * apart, title="漏", content="")
    rows = found(Case.objects.of(contract), "路灯", phones=False)
    pieces = in_weeks(Case.objects.of(contract))
    asked: list[dict[str, str]] = [{}]

    while asked:
        given = asked.pop()
        whole = page(rows, by, size=3, **given)
        cut = page(rows, by, size=3, pieces=pieces, **given)

        assert cut == whole
        if whole.after and "before" not in given:
            asked.append({"after": whole.after})
        if whole.before:
            assert page(rows, by, size=3, before=whole.before) == page(
                rows, by, size=3, before=whole.before, pieces=pieces
            )
    assert count(rows, pieces=pieces) == count(rows)
    assert count(rows, most=5, pieces=pieces) == count(rows, most=5)


def test_a_search_in_an_empty_contract_finds_nothing(contract):
    rows = found(Case.objects.of(contract), "路灯", phones=False)
    pieces = in_weeks(Case.objects.of(contract))

    assert page(rows, "-counted_at", pieces=pieces).rows == []
    assert count(rows, pieces=pieces).number == 0
