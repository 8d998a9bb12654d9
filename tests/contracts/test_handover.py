"""Giving everything back: what is on the list, and how each line is accepted."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse

from accounts.roles import Role
from cases.models import Entry
from contracts.actions import clocks, documents
from contracts.actions import handover as actions
from contracts.actions.handover import HandoverRefused, together
from contracts.ledger import seal
from contracts.models import (
    AssetStatus,
    Contract,
    Document,
    DocumentKind,
    HandoverLine,
    LineKind,
    LineStatus,
    Mode,
    Obligation,
    Seal,
    Side,
    TransitionRefused,
)
from tests.contracts.counting import queries
from tests.factories import (
    NOON,
    make_asset,
    make_case,
    make_clause,
    make_contract,
    make_user,
    make_volume,
    make_year,
)

pytestmark = pytest.mark.django_db

LATER = NOON + timedelta(days=1)


@pytest.fixture
def contract() -> Contract:
    for year in (2026, 2027):
        make_year(year, m05_01="劳动节", m05_02="劳动节", m05_03="劳动节")
    made = make_contract()
    make_clause(made, ref="第六条（二）12", rules=["R38"])
    secret = make_clause(made, ref="第十条5", rules=["R43"])
    Obligation.objects.create(
        contract=made,
        key="secret-papers-back",
        clause=secret,
        rules=["R43"],
        side=Side.B,
        mode=Mode.ONCE,
        title="期满移交涉密资料",
        due_rule={"since": "end", "workdays": 3},
        due_in_words="期满后3个工作日内",
        order=1,
    )
    clocks.put_dues(made, on=date(2026, 5, 1))
    return made


def draw_up(contract: Contract, at=NOON) -> int:
    return actions.draw_up(contract, by=make_user(), at=at)


def line(contract: Contract, kind: LineKind, said: str = "") -> HandoverLine:
    return HandoverLine.objects.of(contract).get(kind=kind, what__contains=said)


def make_document(contract: Contract, title: str, at=NOON, **given) -> Document:
    return documents.add(
        contract,
        file=SimpleUploadedFile(f"{title}.pdf", f"%PDF-1.7 {title}".encode()),
        kind=DocumentKind.REPORT,
        title=title,
        token=uuid4(),
        by=make_user(),
        at=at,
        **given,
    )


def url(name: str, contract: Contract) -> str:
    return reverse(f"contracts:{name}", args=[contract.number])


# --- The list ----------------------------------------------------------------------------------


def test_the_list_names_everything_there_is(contract):
    asset = make_asset(contract)
    make_asset(contract, owner=Side.B)
    make_asset(contract, status=AssetStatus.RETURNED)
    volume = make_volume(contract)
    document = make_document(contract, "五月月报")

    added = draw_up(contract)

    lines = HandoverLine.objects.of(contract)
    whats = set(lines.exclude(kind=LineKind.LEDGER).values_list("kind", "what"))
    assert added == lines.count()
    assert whats == {
        (LineKind.ASSET, str(asset)),
        (LineKind.PAPER, str(volume)),
        (LineKind.DATA, "Documents in files: Report"),
        (
            LineKind.DATA,
            "All data of the contract, as one package that is checked without the program",
        ),
        (LineKind.DATA, "Accounts on platforms and systems: given back or closed"),
        (
            LineKind.PREMISES,
            "Office premises: restored, cleaned and vacated, with keys",
        ),
        (LineKind.PREMISES, "Work passes, all of them"),
        (
            LineKind.SECRET,
            "Confidential material: originals, copies and electronic files",
        ),
    }
    files = line(contract, LineKind.DATA, "Documents in files")
    assert (files.quantity, files.digest) == ("1 file", together([document.digest]))


def test_each_ledger_stands_with_its_own_rows_and_its_newest_seal(contract):
    make_case(contract)
    make_case(make_contract())
    seal(Entry, at=NOON)

    draw_up(contract)

    entries = line(contract, LineKind.LEDGER, "(cases_entry)")
    assert entries.quantity == "1 row"
    assert entries.digest == Seal.objects.of_table("cases_entry").get().digest
    assert {
        one.what.split("(")[1] for one in HandoverLine.objects.filter(kind="ledger")
    } >= {
        "cases_entry)",
        "contracts_auditentry)",
        "contracts_document)",
        "contracts_acceptanceitem)",
    }


def test_ledgers_of_no_contract_are_not_on_it(contract):
    draw_up(contract)

    whats = "".join(HandoverLine.objects.values_list("what", flat=True))
    assert "accounts_" not in whats


def test_confidential_material_falls_due_three_working_days_after_the_end(contract):
    draw_up(contract)

    secret = line(contract, LineKind.SECRET)
    assert secret.clause.ref == "第十条5"
    assert secret.due.due_on == date(2027, 5, 6)  # 1 to 3 May are days off here


def test_drawing_up_again_adds_only_what_is_new(contract):
    draw_up(contract)
    make_asset(contract)

    assert (draw_up(contract), draw_up(contract)) == (1, 0)

    numbers = list(HandoverLine.objects.values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_an_open_line_learns_how_much_there_is_by_now(contract):
    draw_up(contract)
    make_case(contract)
    seal(Entry, at=NOON)

    draw_up(contract)

    entries = line(contract, LineKind.LEDGER, "(cases_entry)")
    assert (entries.quantity, bool(entries.digest)) == ("1 row", True)


def test_a_line_that_was_handed_over_stays_as_it_was(contract):
    make_document(contract, "五月月报")
    draw_up(contract)
    files = line(contract, LineKind.DATA, "Documents in files")
    actions.hand_over(files, by=make_user(), at=NOON)
    digest = files.digest

    late = make_document(contract, "六月月报", at=LATER)
    added = draw_up(contract, at=LATER)

    files.refresh_from_db()
    further = line(contract, LineKind.DATA, f"added after line {files.number}")
    assert (added, files.digest) == (1, digest)
    assert (further.quantity, further.digest) == ("1 file", together([late.digest]))


def test_what_is_kept_to_party_a_is_not_on_the_list(contract):
    make_document(contract, "内部意见", only_party_a=True)

    draw_up(contract)

    assert not HandoverLine.objects.filter(what__contains="Documents in files")


def test_a_contract_without_such_a_clause_is_told(client):
    bare = make_contract()
    client.force_login(make_user(bare, Role.MANAGER))

    answer = client.post(url("handover-draw-up", bare))

    assert answer.status_code == 422
    assert "no clause on handing over (rule R38)" in answer.text


# --- Line by line -------------------------------------------------------------------------------


@pytest.fixture
def premises(contract) -> HandoverLine:
    draw_up(contract)
    return line(contract, LineKind.PREMISES, "Office")


def test_a_line_refused_is_handed_over_again(premises):
    party_b, party_a = make_user(), make_user()
    actions.hand_over(premises, note="钥匙 3 把", by=party_b, at=NOON)
    actions.refuse(premises, note="墙面未修复", by=party_a, at=NOON)
    actions.hand_over(premises, note="已修复", by=party_b, at=LATER)
    actions.accept(premises, by=party_a, at=LATER)

    premises.refresh_from_db()
    assert (premises.status, premises.handed_over_note) == (
        LineStatus.ACCEPTED,
        "已修复",
    )


def test_nothing_is_accepted_before_it_was_handed_over(premises):
    with pytest.raises(TransitionRefused):
        actions.accept(premises, by=make_user(), at=NOON)


def test_nobody_accepts_what_they_handed_over(premises):
    same = make_user()
    actions.hand_over(premises, by=same, at=NOON)

    with pytest.raises(HandoverRefused):
        actions.accept(premises, by=same, at=NOON)
    with pytest.raises(IntegrityError, match="handover_line_has_four_eyes"):
        HandoverLine.objects.filter(pk=premises.pk).update(
            status=LineStatus.ACCEPTED, decided_at=NOON, decided_by=same
        )


def test_a_refusal_says_what_is_missing(premises):
    actions.hand_over(premises, by=make_user(), at=NOON)

    with pytest.raises(HandoverRefused, match="missing"):
        actions.refuse(premises, note=" ", by=make_user(), at=NOON)


def test_of_two_who_decide_at_once_one_is_told(premises):
    actions.hand_over(premises, by=make_user(), at=NOON)
    elsewhere = HandoverLine.objects.get(pk=premises.pk)
    actions.accept(premises, by=make_user(), at=NOON)

    with pytest.raises(TransitionRefused):
        actions.refuse(elsewhere, note="缺一把钥匙", by=make_user(), at=NOON)


# --- The page -----------------------------------------------------------------------------------


def test_many_lines_are_handed_over_and_accepted_at_once(client, contract):
    draw_up(contract)
    chosen = list(HandoverLine.objects.values_list("pk", flat=True)[:3])

    for role, name in [
        (Role.MANAGER, "handover-hand-over"),
        (Role.SUPERVISOR, "handover-accept"),
    ]:
        client.force_login(make_user(contract, role))
        answer = client.post(url(name, contract), {"selected": chosen, "note": ""})
        assert answer.status_code == 302

    page = client.get(answer.url).text
    assert HandoverLine.objects.filter(status=LineStatus.ACCEPTED).count() == 3
    assert "Done for 3 lines: 1, 2, 3." in page
    assert f"3 / {HandoverLine.objects.count()}" in page


def test_each_of_several_lines_gets_a_result_of_its_own(client, contract):
    draw_up(contract)
    first, second = HandoverLine.objects.all()[:2]
    actions.hand_over(first, by=make_user(), at=NOON)
    client.force_login(make_user(contract))

    answer = client.post(
        url("handover-accept", contract), {"selected": [first.pk, second.pk]}
    )

    first.refresh_from_db()
    second.refresh_from_db()
    assert answer.status_code == 422
    assert (first.status, second.status) == (LineStatus.ACCEPTED, LineStatus.OPEN)
    outcomes = {one.line.pk: bool(one.why) for one in answer.context["outcomes"]}
    assert outcomes == {first.pk: False, second.pk: True}
    assert "This step is not open from here." in answer.text


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("handover-accept", {}, "Select the lines first."),
        ("handover-refuse", {"selected": True}, "Say what is missing."),
        ("handover-accept", {"selected": "nonsense"}, "nonsense"),
    ],
)
def test_a_step_on_nothing_or_without_a_reason_is_refused(
    client, contract, name, given, said
):
    draw_up(contract)
    given = {
        key: HandoverLine.objects.first().pk if value is True else value
        for key, value in given.items()
    }
    client.force_login(make_user(contract))

    answer = client.post(url(name, contract), given)

    assert answer.status_code == 422
    assert said in answer.text


def test_another_contracts_line_is_not_taken(client, contract):
    draw_up(contract)
    other = make_contract()
    client.force_login(make_user(other, Role.MANAGER))
    stranger = HandoverLine.objects.first()

    answer = client.post(url("handover-hand-over", other), {"selected": [stranger.pk]})

    stranger.refresh_from_db()
    assert (answer.status_code, stranger.status) == (422, LineStatus.OPEN)


def test_the_page_explains_when_it_is_due(client, contract):
    draw_up(contract)
    client.force_login(make_user(contract, Role.AGENT))

    page = client.get(url("handover", contract)).text

    assert "Why this day?" in page
    assert "期满后3个工作日内" in page


def test_buttons_stand_for_those_who_may(client, contract):
    draw_up(contract)
    shown = {}
    for role in (Role.MANAGER, Role.SUPERVISOR, Role.AGENT):
        client.force_login(make_user(contract, role))
        page = client.get(url("handover", contract)).text
        shown[role] = [
            name
            for name in ("handover-draw-up", "handover-hand-over", "handover-accept")
            if url(name, contract) in page
        ]

    assert shown == {
        Role.MANAGER: ["handover-draw-up", "handover-hand-over"],
        Role.SUPERVISOR: ["handover-accept"],
        Role.AGENT: [],
    }


def test_the_list_costs_the_same_with_one_line_and_with_three(client, contract):
    client.force_login(make_user(contract))
    clause = contract.clauses.first()

    def add(number: int) -> None:
        HandoverLine.objects.create(
            contract=contract,
            clause=clause,
            number=number,
            kind=LineKind.DATA,
            what=f"Thing {number}",
            status=LineStatus.REFUSED,
            handed_over_at=NOON,
            handed_over_by=make_user(),
            decided_at=NOON,
            decided_by=make_user(),
        )

    add(1)
    one = queries(client, url("handover", contract))
    add(2)
    add(3)

    assert queries(client, url("handover", contract)) == one
