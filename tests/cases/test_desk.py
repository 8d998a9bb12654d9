"""The desk's lists of words: offered, changed, and never lost."""

import pytest
from django.urls import reverse

from accounts.roles import MAY, Role
from cases.actions import desk
from cases.actions.desk import DeskRefused
from cases.desk import DEFAULTS, terms
from cases.models import DeskTerm, TermKind
from contracts.models import AuditEntry
from tests.contracts.counting import queries
from tests.factories import NOON, make_contract, make_user

pytestmark = pytest.mark.django_db

REASONS = TermKind.RETURN_REASON
DELIVERED = list(DEFAULTS[REASONS])


@pytest.fixture
def contract():
    return make_contract()


def change(action, contract, kind=REASONS, **given):
    action(contract, kind, by=make_user(), at=NOON, **given)


def said(contract):
    """Return what the audit says of changes to lists."""
    entries = AuditEntry.objects.filter(
        contract=contract, subject__startswith="cases.deskterm:"
    )
    return list(entries.order_by("pk").values_list("became", "note"))


def test_every_list_has_something_to_begin_with_that_fits():
    longest = DeskTerm._meta.get_field("text").max_length

    assert set(DEFAULTS) == set(TermKind)
    for offered in DEFAULTS.values():
        assert 0 < len(offered) == len(set(offered))
        assert max(map(len, offered)) <= longest


def test_a_list_offers_what_was_delivered_until_it_is_changed(contract):
    assert terms(contract, REASONS) == DELIVERED
    assert not DeskTerm.objects.exists()


def test_asking_for_a_list_is_one_query(contract, django_assert_num_queries):
    with django_assert_num_queries(1):
        terms(contract, REASONS)


def test_the_first_change_writes_down_what_was_delivered(contract):
    change(desk.add_term, contract, text="跨区事项")

    assert terms(contract, REASONS) == [*DELIVERED, "跨区事项"]
    assert DeskTerm.objects.of(contract).count() == len(DELIVERED) + 1
    assert terms(make_contract(), REASONS) == DELIVERED


def test_a_term_is_renamed_moved_stopped_and_offered_again(contract):
    first, second, *others = DELIVERED
    change(desk.move_term, contract, term=second, to=0)
    change(desk.rename_term, contract, term=first, text="不在辖区")
    change(desk.stop_term, contract, term=second)
    stopped = terms(contract, REASONS)
    change(desk.offer_term, contract, term=second)

    assert stopped == ["不在辖区", *others]
    assert terms(contract, REASONS) == ["不在辖区", *others, second]
    assert said(contract) == [
        ("moved", second),
        ("renamed", f"{first} → 不在辖区"),
        ("stopped", second),
        ("offered", second),
    ]


def test_a_list_that_offers_nothing_stays_empty(contract):
    for text in DELIVERED:
        change(desk.stop_term, contract, term=text)

    assert terms(contract, REASONS) == []
    assert DeskTerm.objects.of(contract).count() == len(DELIVERED)


@pytest.mark.parametrize(
    ("action", "given"),
    [
        (desk.add_term, {"text": "跨区事项"}),
        (desk.move_term, {"term": DELIVERED[2], "to": 1}),
        (desk.stop_term, {"term": DELIVERED[0]}),
    ],
)
def test_the_same_form_sent_twice_is_one_change(contract, action, given):
    change(action, contract, **given)
    once = terms(contract, REASONS)

    change(action, contract, **given)

    assert terms(contract, REASONS) == once
    assert len(said(contract)) == 1


def test_a_term_is_not_renamed_to_one_that_is_there(contract):
    with pytest.raises(DeskRefused, match="stands in the list"):
        change(desk.rename_term, contract, term=DELIVERED[0], text=DELIVERED[1])


def test_a_term_that_somebody_else_has_renamed_is_not_changed(contract):
    change(desk.rename_term, contract, term=DELIVERED[0], text="不在辖区")

    with pytest.raises(DeskRefused, match="any more"):
        change(desk.stop_term, contract, term=DELIVERED[0])


def test_a_list_does_not_grow_without_end(contract, monkeypatch):
    monkeypatch.setattr(desk, "MOST_TERMS", len(DELIVERED))

    with pytest.raises(DeskRefused, match="at most"):
        change(desk.add_term, contract, text="跨区事项")


# --- Pages ---------------------------------------------------------------------------------


def url(name, contract, kind=REASONS):
    return reverse(f"cases:{name}", args=[contract.number, kind.value])


@pytest.fixture
def manager(client, contract):
    user = make_user(contract, Role.MANAGER)
    client.force_login(user)
    return user


@pytest.mark.usefixtures("manager")
def test_a_list_is_changed_on_its_page(client, contract):
    sent = [
        ("term-add", {"text": " 跨区  事项 "}),
        ("term-move", {"term": "跨区 事项", "to": "0"}),
        ("term-rename", {"term": "跨区 事项", "text": "跨区"}),
        ("term-stop", {"term": DELIVERED[0]}),
        ("term-stop", {"term": DELIVERED[1]}),
        ("term-offer", {"term": DELIVERED[1]}),
    ]

    answers = {
        client.post(url(name, contract), data).status_code for name, data in sent
    }

    assert answers == {302}
    assert terms(contract, REASONS) == ["跨区", *DELIVERED[2:], DELIVERED[1]]


@pytest.mark.usefixtures("manager")
@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("term-add", {"text": ""}, "This field is required."),
        ("term-add", {"text": "字" * 61}, "at most 60 characters"),
        ("term-rename", {"term": "没有", "text": "有"}, "any more"),
        ("term-move", {"term": DELIVERED[0], "to": "-1"}, "greater than or equal"),
        ("term-stop", {}, "This field is required."),
    ],
)
def test_a_refused_change_says_why_and_changes_nothing(
    client, contract, name, data, words
):
    answer = client.post(url(name, contract), data)

    assert answer.status_code == 422
    assert words in answer.text
    assert terms(contract, REASONS) == DELIVERED


@pytest.mark.usefixtures("manager")
def test_an_urgent_word_has_two_characters_at_least(client, contract):
    answer = client.post(
        url("term-add", contract, TermKind.URGENT_WORD), {"text": "水"}
    )

    assert answer.status_code == 422
    assert "most orders urgent" in answer.text


@pytest.mark.usefixtures("manager")
def test_there_is_no_list_of_another_name(client, contract):
    where = reverse("cases:desk-list", args=[contract.number, "nonsense"])

    assert client.get(where).status_code == 404


@pytest.mark.parametrize("role", Role)
def test_lists_are_set_up_by_those_who_may(client, contract, role, settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    client.force_login(make_user(contract, role, demo=True))

    answer = client.post(url("term-stop", contract), {"term": DELIVERED[0]})

    assert (answer.status_code == 302) == (role in MAY["cases.set_up_desk"])


@pytest.mark.usefixtures("manager")
def test_the_pages_take_no_more_queries_for_more_terms(client, contract):
    pages = [reverse("cases:desk", args=[contract.number]), url("desk-list", contract)]
    change(desk.add_term, contract, text="其一")
    few = [queries(client, page) for page in pages]
    for number in range(3):
        change(desk.add_term, contract, text=f"另 {number}")

    assert [queries(client, page) for page in pages] == few
