"""Files whose headings nobody has explained yet, or that are no longer what they were."""

import csv
import io
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from accounts.roles import Role
from cases import actions
from cases.actions.mappings import MappingRefused, answer
from cases.models import Batch, BatchStatus, Case, Mapping
from contracts.models import TransitionRefused
from tests.factories import NOON, make_contract, make_user

pytestmark = pytest.mark.django_db

KNOWN = {
    "工单编号": "20260601000001",
    "标题": "路灯不亮",
    "派单时间": "2026-06-01 08:00:00",
    "联系电话": "13800000001",
    "网格": "07",
}
STRANGE = {
    "流水": "20260601000001",
    "事情": "路灯不亮",
    "何时来": "2026-06-01 08:00:00",
    "致电": "13800000001",
}
SAID = {
    "流水": "number",
    "事情": "title",
    "何时来": "called_at",
    "致电": "caller_phone",
}


def as_file(order, name="orders.csv"):
    text = io.StringIO()
    csv.writer(text).writerows([order.keys(), order.values()])
    return ContentFile(text.getvalue().encode(), name)


def checked(contract, order) -> Batch:
    batch = actions.receive_file(
        contract, file=as_file(order), token=uuid4(), by=make_user(), at=NOON
    )
    actions.work_on(batch, at=NOON)
    batch.refresh_from_db()
    return batch


def imported(contract, order) -> Batch:
    batch = checked(contract, order)
    actions.confirm(batch, by=batch.uploaded_by, at=NOON)
    actions.work_on(batch, at=NOON)
    batch.refresh_from_db()
    assert batch.status == BatchStatus.DONE
    return batch


def renamed(order, **names):
    return {names.get(heading, heading): value for heading, value in order.items()}


def test_an_unknown_layout_is_asked_about_without_showing_anybody():
    batch = checked(make_contract(), STRANGE)

    assert (batch.status, batch.question["kind"]) == (BatchStatus.ASKING, "unknown")
    assert [one["heading"] for one in batch.question["heads"][0]["columns"]] == list(
        STRANGE
    )
    assert "13800000001" not in str(batch.question)


def test_what_a_person_says_is_kept_and_asked_no_more():
    contract = make_contract()
    batch = checked(contract, STRANGE)
    answer(batch, name="物业报表", fields=SAID, by=make_user(), at=NOON)
    actions.work_on(batch, at=NOON)

    again = imported(contract, STRANGE | {"新列": "x"})

    batch.refresh_from_db()
    assert (batch.status, batch.new, batch.question) == (BatchStatus.CHECKED, 1, {})
    assert again.mapping == Mapping.objects.get()
    case = Case.objects.get()
    assert (case.title, case.caller.phone) == ("路灯不亮", "13800000001")
    assert case.extra == {"新列": "x"}


def test_an_answer_without_a_number_is_refused():
    batch = checked(make_contract(), STRANGE)

    with pytest.raises(MappingRefused):
        answer(
            batch, name="物业报表", fields=SAID | {"流水": ""}, by=make_user(), at=NOON
        )


def test_of_two_answers_the_first_holds():
    batch = checked(make_contract(), STRANGE)
    also_open = Batch.objects.get()
    answer(batch, name="甲", fields=SAID, by=make_user(), at=NOON)

    with pytest.raises(TransitionRefused):
        answer(also_open, name="乙", fields=SAID, by=make_user(), at=NOON)

    assert [layout.name for layout in Mapping.objects.all()] == ["甲"]


def test_a_renamed_column_stops_with_a_question_and_a_proposal():
    contract = make_contract()
    imported(contract, KNOWN)

    batch = checked(contract, renamed(KNOWN, 联系电话="联系方式2"))

    assert batch.status == BatchStatus.ASKING
    assert batch.question["lost"] == [
        {"heading": "联系电话", "field": "caller_phone", "proposed": "联系方式2"}
    ]


@pytest.mark.parametrize(
    "order",
    [
        KNOWN | {"新列": "x"},  # one more
        {name: value for name, value in KNOWN.items() if name != "网格"},  # of no field
        renamed(KNOWN, 联系电话="来电号码"),  # known by that name as well
    ],
)
def test_what_costs_no_field_stops_nobody(order):
    contract = make_contract()
    imported(contract, KNOWN)

    assert checked(contract, order).status == BatchStatus.CHECKED


def test_a_saved_layout_drifts_as_well_and_learns():
    contract = make_contract()
    first = checked(contract, STRANGE)
    answer(first, name="物业报表", fields=SAID, by=make_user(), at=NOON)
    drifted = renamed(STRANGE, 致电="致电号")

    batch = checked(contract, drifted)

    assert batch.question["lost"][0]["proposed"] == "致电号"
    answer(
        batch,
        name="物业报表",
        fields=SAID | {"致电号": "caller_phone"},
        by=make_user(),
        at=NOON,
    )
    assert Mapping.objects.get().fields["致电号"] == "caller_phone"
    assert checked(contract, STRANGE).status == BatchStatus.CHECKED


@pytest.fixture
def clerk(client):
    contract = make_contract()
    client.force_login(make_user(contract, Role.CLERK, demo=True))
    return contract


def test_the_page_asks_and_takes_the_answer(client, clerk):
    batch = checked(clerk, STRANGE)
    url = reverse("cases:mapping", args=[clerk.number, batch.pk])
    given = {"name": "物业报表"} | {
        f"column-{number}": field for number, field in enumerate(SAID.values())
    }

    page = client.get(url)
    twice = client.post(url, given | {"column-1": "number"})
    answered = client.post(url, given)

    assert "流水" in page.text
    assert "13800000001" not in page.text
    assert twice.status_code == 422
    assert (answered.status_code, answered.url) == (302, batch.get_absolute_url())
    batch.refresh_from_db()
    assert batch.status == BatchStatus.CHECKING


def test_the_page_names_what_is_gone_and_proposes_what_is_there(client, clerk):
    imported(clerk, KNOWN)
    batch = checked(clerk, renamed(KNOWN, 联系电话="联系方式2"))
    url = reverse("cases:mapping", args=[clerk.number, batch.pk])

    page = client.get(url)
    client.post(url, {"name": "市平台", "lost-0": "联系方式2"})
    actions.work_on(batch, at=NOON)

    assert "“联系电话” is gone." in page.text
    assert page.context["form"]["lost-0"].initial == "联系方式2"
    batch.refresh_from_db()
    assert (batch.status, batch.changed, batch.same) == (BatchStatus.CHECKED, 0, 1)


def test_a_column_that_is_gone_for_good_is_asked_about_once(client, clerk):
    imported(clerk, KNOWN)
    without = {name: value for name, value in KNOWN.items() if name != "联系电话"}
    batch = checked(clerk, without)
    url = reverse("cases:mapping", args=[clerk.number, batch.pk])

    client.post(url, {"name": "市平台", "lost-0": ""})

    assert imported(clerk, without).status == BatchStatus.DONE
