"""An urging on paper（催办单、督办单）: what stands on it, and who may print it."""

from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.roles import Role
from cases import actions
from cases.models import UrgingLevel
from ops import fonts
from reports import letters, slips
from tests.factories import (
    CHINA,
    make_case,
    make_contract,
    make_party,
    make_speaker,
    make_unit,
    make_user,
)

from .test_letters import pages

pytestmark = pytest.mark.django_db

FONTS = Path(__file__).parents[2] / "var" / "fonts"  # where ./start has them
AT = datetime(2026, 9, 30, 17, tzinfo=CHINA)
PHONE = "13800000001"


@pytest.fixture(autouse=True)
def _fonts(monkeypatch, settings):
    """Have the fonts, as ./start does; whether a code was asked for is tested elsewhere."""
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts.ensure(FONTS)))
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    return make_contract(
        party_a=make_party(name="某街道办事处"), party_b=make_party(name="某科技公司")
    )


def told(by):
    return {"by": by, "at": AT, "token": uuid4(), "answer_by": AT + timedelta(days=1)}


def urged(contract, **given):
    case = make_case(
        contract=contract,
        unit=make_unit(contract, "某社区居委会"),
        transferred_at=AT,
        title=f"路灯不亮{PHONE}",
    )
    text = f"请当日联系{PHONE}。\n并报结果。"
    actions.urge(case, text=text, **told(make_user(contract, Role.AGENT)) | given)
    return case.urgings.get()


def test_it_says_which_order_is_to_be_answered_by_whom_and_when(contract):
    one = urged(contract)

    (page,) = pages(BytesIO(letters.write(slips.slip_of(one))))

    order = [
        "催办〔2026〕1号",
        "某社区居委会",
        one.case.number,
        "并报结果。",
        "某科技公司",
    ]
    places = [page.find(said) for said in order]
    assert -1 not in places
    assert places == sorted(places)
    assert "2026-10-01" in page
    assert PHONE not in page


def test_a_supervision_is_sent_in_party_a_s_name_and_numbered_by_itself(contract):
    case = urged(contract).case
    actions.supervise(
        case,
        level=UrgingLevel.LEADER,
        leader="分管领导",
        text="限期办结",
        **told(make_user(contract, Role.SUPERVISOR)),
    )

    slip = slips.slip_of(case.urgings.latest("pk"))

    assert (slip.number, slip.sender) == ("督办〔2026〕1号", "某街道办事处")
    assert any("分管领导" in line for line in slip.paragraphs)


@pytest.mark.parametrize(("own", "status"), [(True, 200), (False, 404)])
def test_a_unit_prints_its_own_alone(client, contract, own, status):
    one = urged(contract)
    unit = one.unit if own else make_unit(contract)
    client.force_login(make_speaker(unit, make_user(contract, Role.UNIT, demo=True)))

    answer = client.get(
        reverse("reports:urging-letter", args=[contract.number, one.pk])
    )

    assert answer.status_code == status
    if own:
        assert answer.getvalue().startswith(b"%PDF")
        assert answer["Content-Disposition"].startswith("attachment;")
