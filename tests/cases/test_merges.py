"""Two orders about one matter: put together, closed together, parted as they were."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from accounts.roles import Role
from cases import actions
from cases.actions.family import follow_parent, handled_with, refuse_child
from cases.actions.merges import merge, part
from cases.models import FINISHED, Case, CaseStatus, EntryKind, Merge
from contracts.models import TransitionRefused
from tests.factories import NOON, make_case, make_contract, make_unit, make_user

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)
AT = NOON + 5 * HOUR

IN_HAND = (
    CaseStatus.SIGNED,
    CaseStatus.TRANSFERRED,
    CaseStatus.HANDLING,
    CaseStatus.DECLINED,
    CaseStatus.REPLIED,
    CaseStatus.REVIEWED,
)


@pytest.fixture
def two():
    """A child and its parent to be, of one contract."""
    contract = make_contract()
    return signed(contract), make_case(contract)


def signed(contract, **given):
    given = {"status": CaseStatus.SIGNED, "signed_at": NOON + HOUR / 2} | given
    return make_case(contract, **given)


def told(**more):
    return {"reason": "同一事项", "token": uuid4(), "by": make_user(), "at": AT} | more


def again(case):
    return Case.objects.select_related("parent").get(pk=case.pk)


def columns(case):
    """Return every column of an order, as it is in the database."""
    return Case.objects.filter(pk=case.pk).values().get()


# --- Merging and parting -------------------------------------------------------------------


def test_a_merge_is_on_both_ledgers(two):
    child, parent = two

    made = merge(child, into=parent, **told())

    assert again(child).parent == parent
    assert handled_with(again(child)) == parent
    of_child, of_parent = (
        case.entries.get(kind=EntryKind.MERGED) for case in (child, parent)
    )
    assert (of_child.text, of_child.changes) == (
        "同一事项",
        {"parent": ["", parent.number]},
    )
    assert of_parent.changes == {"child": ["", child.number]}
    assert (of_child.status, of_parent.status) == ("", "")
    assert Merge.objects.standing().get() == made


@pytest.mark.parametrize("status", IN_HAND)
def test_parted_again_both_are_as_they_were(two, status):
    child, parent = two
    Case.objects.filter(pk=child.pk).update(status=status)
    before = columns(child), columns(parent)
    made = merge(again(child), into=parent, **told())
    assert columns(child) != before[0]

    part(made, reason="不是一回事", by=make_user(), at=AT + HOUR)

    assert (columns(child), columns(parent)) == before
    assert not Merge.objects.standing().exists()
    for case, name, other in ((child, "parent", parent), (parent, "child", child)):
        entry = case.entries.get(kind=EntryKind.PARTED)
        assert (entry.text, entry.changes) == ("不是一回事", {name: [other.number, ""]})


def test_what_is_parted_can_be_merged_again(two):
    child, parent = two
    part(merge(child, into=parent, **told()), reason="误并", by=make_user(), at=AT)

    merge(child, into=parent, **told())

    assert again(child).parent == parent


def test_the_same_form_sent_twice_is_one_merge(two):
    child, parent = two
    once = told()

    assert merge(child, into=parent, **once) == merge(again(child), into=parent, **once)
    assert child.entries.filter(kind=EntryKind.MERGED).count() == 1


def test_there_are_two_levels_and_no_more(two):
    child, parent = two
    contract = child.contract
    merge(child, into=parent, **told())
    other = signed(contract)

    for pair in ((child, other), (other, child), (parent, other)):
        with pytest.raises(TransitionRefused, match="two levels"):
            merge(again(pair[0]), into=again(pair[1]), **told())

    merge(other, into=parent, **told())
    assert set(parent.children.all()) == {child, other}


@pytest.mark.parametrize(
    ("which", "status"),
    [
        *((0, status) for status in sorted(set(CaseStatus) - set(IN_HAND))),
        *((1, status) for status in sorted(FINISHED | {CaseStatus.RETURNING})),
    ],
)
def test_only_what_is_in_hand_is_merged_into_what_is_open(two, which, status):
    Case.objects.filter(pk=two[which].pk).update(status=status)

    with pytest.raises(TransitionRefused, match="in hand"):
        merge(two[0], into=two[1], **told())

    assert not Merge.objects.exists()


def test_an_order_is_not_merged_with_itself_or_into_another_contract(two):
    child, _parent = two

    for into in (child, make_case()):
        with pytest.raises(TransitionRefused, match="of its contract"):
            merge(child, into=into, **told())


def test_an_urgent_order_does_not_wait_for_one_that_is_not(two):
    child, parent = two
    Case.objects.filter(pk=child.pk).update(urgency="urgent")

    with pytest.raises(TransitionRefused, match="urgent"):
        merge(child, into=parent, **told())

    Case.objects.filter(pk=parent.pk).update(urgency="urgent")
    merge(child, into=parent, **told())


def test_what_was_parted_is_not_parted_twice(two):
    child, parent = two
    made = merge(child, into=parent, **told())
    part(made, reason="误并", by=make_user(), at=AT)

    with pytest.raises(TransitionRefused, match="first"):
        part(made, reason="误并", by=make_user(), at=AT)

    assert child.entries.filter(kind=EntryKind.PARTED).count() == 1


# --- Handled with its parent ---------------------------------------------------------------


def test_a_child_takes_no_step_but_the_platforms_own(two):
    child, parent = two
    merge(child, into=parent, **told())
    child = again(child)

    refuse_child(child, EntryKind.SIGNED)
    for kind in (EntryKind.TRANSFERRED, EntryKind.REPLIED, EntryKind.CLOSED):
        with pytest.raises(TransitionRefused, match=parent.number):
            refuse_child(child, kind)


def test_an_order_by_itself_or_with_a_finished_parent_is_free(
    two, django_assert_num_queries
):
    child, parent = two
    with django_assert_num_queries(0):
        assert handled_with(child) is None
    merge(child, into=parent, **told())

    Case.objects.filter(pk=parent.pk).update(status=CaseStatus.RETURNED)

    assert handled_with(again(child)) is None


def closed_parent(parent):
    """Have the parent answered, reviewed and closed by three people."""
    replier, reviewer = make_user(), make_user()
    Case.objects.filter(pk=parent.pk).update(
        status=CaseStatus.CLOSED,
        unit=make_unit(parent.contract),
        transferred_at=NOON + HOUR,
        accepted_at=NOON + 2 * HOUR,
        replied_at=NOON + 3 * HOUR,
        replied_by=replier,
        reviewed_at=NOON + 4 * HOUR,
        reviewed_by=reviewer,
        closed_at=AT,
        result="已修复",
        reply="已告知",
    )
    return Case.objects.get(pk=parent.pk)


def follow(parent, by):
    with transaction.atomic():
        follow_parent(parent, happened_at=AT, by=by, at=AT)


@pytest.mark.parametrize("status", IN_HAND)
def test_a_child_is_closed_with_its_parents_result_step_by_step(two, status):
    child, parent = two
    Case.objects.filter(pk=child.pk).update(status=status)
    merge(again(child), into=parent, **told())
    parent, by = closed_parent(parent), make_user()

    for _again in range(2):
        follow(parent, by)

    child = again(child)
    assert (child.status, child.closed_at) == (CaseStatus.CLOSED, AT)
    if status not in (CaseStatus.REPLIED, CaseStatus.REVIEWED):
        assert (child.result, child.reply, child.replied_by) == (
            "已修复",
            "已告知",
            parent.replied_by,
        )
        assert (child.reviewed_by, child.replied_at) == (
            parent.reviewed_by,
            NOON + 3 * HOUR,
        )
    steps = list(
        child.entries.exclude(status="").exclude(kind=EntryKind.RECEIVED).order_by("pk")
    )
    reached = [status, *(entry.status for entry in steps)]
    assert all(after in Case.NEXT[before] for before, after in pairwise(reached))
    assert reached[-1] == CaseStatus.CLOSED
    assert {entry.changes["parent"][1] for entry in steps} == {parent.number}
    assert [entry.at for entry in steps] == sorted(entry.at for entry in steps)


def test_closing_the_parent_closes_its_children(two):
    child, parent = two
    Case.objects.filter(pk=parent.pk).update(
        status=CaseStatus.REVIEWED, result="已修复"
    )
    merge(child, into=parent, **told())

    actions.close(
        Case.objects.get(pk=parent.pk),
        happened_at=AT,
        note="",
        token=uuid4(),
        by=make_user(),
        at=AT,
    )

    assert (again(child).status, again(child).result) == (CaseStatus.CLOSED, "已修复")


def test_a_step_on_a_child_is_refused_with_its_parents_number(two):
    child, parent = two
    merge(child, into=parent, **told())

    with pytest.raises(TransitionRefused, match=parent.number):
        actions.transfer(
            again(child),
            unit=make_unit(child.contract),
            inner_due_at=None,
            note="",
            token=uuid4(),
            by=make_user(),
            at=AT,
        )


def test_a_child_that_the_platform_has_closed_stays_as_it_is(two):
    child, parent = two
    merge(child, into=parent, **told())
    Case.objects.filter(pk=child.pk).update(status=CaseStatus.CLOSED, closed_at=NOON)
    before = columns(child)

    follow(closed_parent(parent), make_user())

    assert columns(child) == before


def test_what_was_closed_together_is_parted_no_more(two):
    child, parent = two
    made = merge(child, into=parent, **told())
    follow(closed_parent(parent), make_user())

    with pytest.raises(TransitionRefused, match="is closed"):
        part(made, reason="误并", by=make_user(), at=AT)


# --- Two at once ---------------------------------------------------------------------------


def at_once(*acts):
    """Do several things in the same moment; return the refusals, None for what was done."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait()
            act()
        except TransitionRefused as refusal:
            return str(refusal)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_of_two_that_are_merged_into_one_another_at_once_one_is():
    contract = make_contract()
    for _round in range(3):
        a, b = signed(contract), signed(contract)

        refusals = at_once(
            lambda a=a, b=b: merge(a, into=b, **told()),
            lambda a=a, b=b: merge(b, into=a, **told()),
        )

        assert sorted(refusal is None for refusal in refusals) == [False, True]
        assert Merge.objects.standing().filter(parent__in=[a, b]).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_part_at_once_one_does():
    contract = make_contract()
    for _round in range(3):
        child, parent = signed(contract), make_case(contract)
        made = merge(child, into=parent, **told())

        refusals = at_once(
            *[lambda made=made: part(made, reason="误并", by=make_user(), at=AT)] * 2
        )

        assert sorted(refusal is None for refusal in refusals) == [False, True]
        assert child.entries.filter(kind=EntryKind.PARTED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_child_is_either_closed_with_its_parent_or_parted_before():
    contract = make_contract()
    for _round in range(4):
        child, parent = signed(contract), make_case(contract)
        made = merge(child, into=parent, **told())

        def close(parent=parent):
            with transaction.atomic():
                Case.objects.select_for_update(no_key=True).get(pk=parent.pk)
                follow_parent(
                    closed_parent(parent), happened_at=AT, by=make_user(), at=AT
                )

        _closing, parting = at_once(
            close,
            lambda made=made: part(made, reason="误并", by=make_user(), at=AT),
        )

        child = again(child)
        together = (child.status == CaseStatus.CLOSED, child.parent == parent)
        assert together == ((True, True) if parting else (False, False))


# --- The pages -----------------------------------------------------------------------------


@pytest.fixture
def client_of_desk(two):
    client = Client()
    client.force_login(make_user(two[0].contract, Role.AGENT))
    return client


def page(name, case, pk=None):
    return reverse(f"cases:{name}", args=[case.contract.number, pk or case.pk])


def test_two_are_merged_and_parted_on_their_pages(two, client_of_desk):
    child, parent = two
    url = page("merge", child)
    shown = client_of_desk.get(url, {"into": parent.number})
    assert shown.context["into"] == parent
    typed = {"into": parent.number, "reason": "同一事项", "token": f"{uuid4()}"}

    answers = [client_of_desk.post(url, typed) for _twice in range(2)]

    assert [answer.status_code for answer in answers] == [302, 302]
    made = Merge.objects.get()
    parted = client_of_desk.post(page("part", child, made.pk), {"reason": "误并"})
    assert parted.status_code == 302
    assert again(child).parent is None


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"into": "20260601999999"}, "no other order of this number"),
        ({"into": ""}, "This field is required."),
        ({"reason": ""}, "This field is required."),
        ({"into": "\0"}, "Null characters are not allowed."),
    ],
)
def test_a_merge_that_is_refused_says_why(two, client_of_desk, typed, words):
    child, parent = two
    full = {"into": parent.number, "reason": "同一事项", "token": f"{uuid4()}"}

    answer = client_of_desk.post(page("merge", child), full | typed)

    assert answer.status_code == 422
    assert words in answer.text


def test_orders_of_another_contract_are_neither_merged_nor_parted(two, client_of_desk):
    ours, theirs = two[0], make_case()
    other = signed(theirs.contract)
    made = merge(other, into=theirs, **told())
    number = ours.contract.number

    found = [
        client_of_desk.post(reverse(f"cases:{name}", args=[number, pk])).status_code
        for name, pk in (("merge", theirs.pk), ("part", made.pk))
    ]

    assert found == [404, 404]
    into_theirs = {"into": theirs.number, "reason": "同一", "token": f"{uuid4()}"}
    assert client_of_desk.post(page("merge", ours), into_theirs).status_code == 422
