"""A notice on paper: what stands on it, and who may print it."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.urls import reverse
from pypdf import PdfReader

from accounts.roles import Role
from contracts.actions import notices
from contracts.models import Side
from ops import fonts
from reports import letters
from tests.factories import (
    CHINA,
    make_clause,
    make_contact,
    make_contract,
    make_notice,
    make_party,
    make_user,
)

pytestmark = pytest.mark.django_db

FONTS = Path(__file__).parents[2] / "var" / "fonts"  # where ./start has them
ISSUED = datetime(2026, 9, 30, 17, tzinfo=CHINA)
BODY = "经查，夜班存在在岗空档。\n请按期整改。\n附件：1.空档明细\n2.现场照片"


@pytest.fixture(autouse=True)
def _fonts(monkeypatch, settings):
    """Have the fonts, as ./start does; whether a code was asked for is tested elsewhere."""
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts.ensure(FONTS)))
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    contract = make_contract(
        party_a=make_party(name="某街道办事处"), party_b=make_party(name="某科技公司")
    )
    for side in Side:
        make_contact(contract, side, address=f"{side.value}街1号")
    return contract


def make_letter(contract, *, issued=True, **given):
    clause = contract.clauses.first() or make_clause(contract, ref="第六条（一）1")
    told = {"title": "关于限期整改的通知", "body": BODY, "clause": clause}
    notice = make_notice(contract, **told | given)
    if issued:
        notices.issue(notice, by=make_user(), at=ISSUED)
    return notice


def pages(pdf):
    return ["".join(page.extract_text().split()) for page in PdfReader(pdf).pages]


def drawn(notice):
    return pages(BytesIO(letters.write(letters.letter_of(notice))))


def test_a_title_in_two_lines_gives_the_file_a_name(client, contract):
    letter = make_letter(contract, issued=False, title="a\r\nb: c")
    client.force_login(make_user(contract, Role.SUPERVISOR))

    answer = client.get(reverse("reports:letter", args=[contract.number, letter.pk]))

    assert answer.status_code == 200
    assert "a__b_ c.pdf" in answer["Content-Disposition"]


def test_it_says_who_tells_whom_what_and_when(contract):
    (page,) = drawn(make_letter(contract))

    order = [
        "甲方函〔2026〕1号",
        "关于限期整改的通知",
        "某科技公司",
        "经查，夜班存在在岗空档。请按期整改。",
        "空档明细",
        "现场照片",
        "某街道办事处2026年9月30日",
        "第六条（一）1",
        "b街1号",
        "13800000000",
        "—1—",
    ]
    places = [page.find(said) for said in order]
    assert -1 not in places
    assert places == sorted(places)


def test_party_b_writes_to_party_a(contract):
    (page,) = drawn(make_letter(contract, side=Side.B))

    assert "乙方函〔2026〕1号" in page
    assert page.index("某街道办事处") < page.index("经查") < page.index("某科技公司")
    assert "a街1号" in page


def test_a_draft_has_neither_number_nor_date(contract):
    (page,) = drawn(make_letter(contract, issued=False))

    assert "〔2026〕" not in page
    assert "2026年" not in page


def test_the_names_never_stand_on_a_page_of_their_own(contract):
    for lines in range(8, 20):
        notice = make_letter(contract, body="\n".join(["请按约定办理。"] * lines))

        last = drawn(notice)[-1]

        assert "请按约定办理。" in last
        assert "某街道办事处2026年9月30日" in last


def test_what_people_wrote_is_text(contract):
    words = "<script>1</script><img src=x>"

    (page,) = drawn(make_letter(contract, title=words, body=words))

    assert page.count(words.replace(" ", "")) == 2


@pytest.mark.parametrize(
    ("body", "attachments"),
    [
        ("一", []),
        ("一\n附件：清单", ["清单"]),
        ("一\n附件:1. 清单\n\n2、 照片", ["清单", "照片"]),
        ("一\n附件1：清单\n附件2：照片", ["清单", "照片"]),
        ("一\n附件：\n1．清单", ["清单"]),
        ("一，见附件：清单", []),
    ],
)
def test_attachments_are_read_from_the_end_of_the_text(body, attachments):
    assert letters.parts_of(body)[1] == attachments


@pytest.mark.parametrize(
    ("role", "issued", "status"),
    [
        (Role.SUPERVISOR, True, 200),
        (Role.SUPERVISOR, False, 200),
        (Role.MANAGER, True, 200),
        (Role.MANAGER, False, 404),
        (Role.UNIT, True, 403),
    ],
)
def test_who_may_print_it(client, contract, role, issued, status):
    notice = make_letter(contract, issued=issued)
    client.force_login(make_user(contract, role, demo=True))

    response = client.get(reverse("reports:letter", args=[contract.number, notice.pk]))

    assert response.status_code == status
    if status == 200:
        assert pages(BytesIO(response.getvalue()))
        assert response["Content-Disposition"].startswith("attachment;")


def test_where_no_pdf_can_be_made_the_page_says_so(client, contract, monkeypatch):
    notice = make_letter(contract)
    client.force_login(make_user(contract, Role.SUPERVISOR))
    monkeypatch.setenv("FONTCONFIG_FILE", "/nowhere")

    response = client.get(
        reverse("reports:letter", args=[contract.number, notice.pk]), follow=True
    )

    assert "The fonts for PDFs are missing" in response.text
