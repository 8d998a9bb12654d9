"""Papers on record: what is taken, who sees it, and that it stays what it was."""

from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import MAY, PARTY_A, PARTY_B, Role
from contracts.models import Document, DocumentOpening, Membership
from contracts.rules.file_kinds import MOST_BYTES
from tests.contracts.counting import queries
from tests.factories import make_clause, make_contract, make_document, make_user

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 sealed"


@pytest.fixture(autouse=True)
def _without_second_factor(settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def contract():
    return make_contract()


def sign_in(client, contract, role=Role.SUPERVISOR):
    user = make_user(contract, role, demo=True)
    client.force_login(user)
    return user


def url(name, contract, *args):
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def form(name="notice.pdf", content=PDF, **given):
    file = SimpleUploadedFile(name, content)
    filled = {"file": file, "kind": "evidence", "title": "巡查记录", "token": uuid4()}
    return filled | given


def codes(response):
    return {
        field: [error.code for error in errors]
        for field, errors in response.context["form"].errors.as_data().items()
    }


# --- In ----------------------------------------------------------------------------------


def test_a_file_is_put_on_record_with_its_digest(client, contract):
    clause = make_clause(contract)
    by = sign_in(client, contract)

    response = client.post(url("document-new", contract), form(clause=clause.pk))

    filed = Document.objects.get()
    assert response.status_code == 302
    assert (filed.digest, filed.size) == (sha256(PDF).hexdigest(), len(PDF))
    assert (filed.name, filed.clause, filed.uploaded_by) == ("notice.pdf", clause, by)
    assert (filed.version, filed.only_party_a) == (1, False)


def test_the_same_form_twice_is_one_document(client, contract):
    sign_in(client, contract)
    token = uuid4()

    answers = [
        client.post(url("document-new", contract), form(token=token)) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url
    assert Document.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notice.pdf", b"MZ\x90 a program", "none of them, whatever its name says"),
        ("notice.exe", PDF, "none of them, whatever its name says"),
        ("notice", PDF, "none of them, whatever its name says"),
        ("notice.pdf", PDF.ljust(MOST_BYTES + 1), "20 MB are the most"),
    ],
    ids=["pdf by name only", "another type", "no type", "too large"],
)
def test_another_file_is_refused_with_words(client, contract, name, content, said):
    sign_in(client, contract)

    response = client.post(url("document-new", contract), form(name, content))

    assert response.status_code == 422
    assert codes(response) == {"file": ["refused"]}
    assert said in response.text
    assert not Document.objects.exists()


def test_an_empty_file_is_refused(client, contract):
    sign_in(client, contract)

    response = client.post(url("document-new", contract), form(content=b""))

    assert codes(response) == {"file": ["empty"]}


def test_a_clause_of_another_contract_is_unknown(client, contract):
    sign_in(client, contract)
    theirs = make_clause(make_contract())

    response = client.post(url("document-new", contract), form(clause=theirs.pk))

    assert response.status_code == 422
    assert codes(response) == {"clause": ["invalid_choice"]}


@pytest.mark.parametrize("role", sorted(MAY["contracts.file"]))
def test_only_party_a_keeps_a_document_to_itself(client, contract, role):
    sign_in(client, contract, role)

    client.post(url("document-new", contract), form(only_party_a="on"))

    assert Document.objects.get().only_party_a == (role in PARTY_A)


# --- Versions ----------------------------------------------------------------------------


def test_a_newer_version_stands_beside_the_old_one(client, contract):
    by = sign_in(client, contract)
    old = make_document(contract, by=by, only_party_a=True)

    client.post(url("document-version", contract, old.pk), form(title="更正后"))

    newer = Document.objects.get(replaces=old)
    assert (newer.version, newer.kind, newer.title) == (2, old.kind, "更正后")
    assert newer.only_party_a
    page = client.get(newer.get_absolute_url())
    assert page.context["versions"] == [newer, old]
    assert client.get(old.get_absolute_url()).context["versions"] == [newer, old]
    listed = client.get(url("documents", contract)).context["page"].rows
    assert listed == [newer]


def test_a_document_is_replaced_once(client, contract):
    by = sign_in(client, contract)
    old = make_document(contract, by=by)
    page = url("document-version", contract, old.pk)

    first, second = (client.post(page, form()) for _ in range(2))

    assert [first.status_code, second.status_code] == [302, 422]
    assert "There is a newer version" in second.text
    assert Document.objects.count() == 2


@pytest.mark.parametrize(
    ("by", "role", "status"),
    [
        (Role.SUPERVISOR, Role.LEADER, 302),
        (Role.SUPERVISOR, Role.MANAGER, 403),
        (Role.CLERK, Role.MANAGER, 302),
        (Role.CLERK, Role.SUPERVISOR, 403),
    ],
)
def test_a_newer_version_comes_from_the_same_party(client, contract, by, role, status):
    old = make_document(contract, by=make_user(contract, by))
    sign_in(client, contract, role)

    response = client.post(url("document-version", contract, old.pk), form())

    assert response.status_code == status
    assert Document.objects.count() == (2 if status == 302 else 1)


# --- Out ---------------------------------------------------------------------------------


def test_a_file_comes_out_as_it_went_in_and_that_is_recorded(client, contract):
    document = make_document(contract, PDF, name='盖章件".pdf')
    by = sign_in(client, contract, Role.MANAGER)

    for _time in range(2):
        response = client.get(url("document-file", contract, document.pk))

        assert response.getvalue() == PDF
        assert response["Content-Disposition"].startswith("attachment; filename")
        assert response["Content-Type"] == "application/octet-stream"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in response["Cache-Control"]

    assert [one.by for one in document.openings.all()] == [by, by]
    assert by.name in client.get(document.get_absolute_url()).text


@pytest.mark.parametrize("loss", ["changed", "gone"])
def test_a_file_that_is_not_what_was_put_on_record_is_not_handed_out(
    client, contract, loss
):
    document = make_document(contract, PDF)
    path = Path(document.file.path)
    path.unlink()
    if loss == "changed":
        path.write_bytes(PDF + b"!")
    sign_in(client, contract)

    response = client.get(url("document-file", contract, document.pk))

    assert response.status_code == 409
    assert "is not the one that was put on record" in response.text
    assert not DocumentOpening.objects.exists()


# --- Who sees it -------------------------------------------------------------------------


@pytest.mark.parametrize("role", sorted(MAY["contracts.view"]))
def test_what_is_for_party_a_only_does_not_exist_for_party_b(client, contract, role):
    kept = make_document(contract, only_party_a=True, title="内部意见")
    sign_in(client, contract, role)
    there = 404 if role in PARTY_B else 200

    for name in ("document", "document-file"):
        response = client.get(url(name, contract, kept.pk))
        response.getvalue()
        assert response.status_code == there

    assert ("内部意见" in client.get(url("documents", contract)).text) == (
        role in PARTY_A
    )


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.MANAGER])
def test_a_version_for_party_a_only_is_not_named_to_party_b(client, contract, role):
    kept = make_document(contract, only_party_a=True, name="内部意见.pdf")
    newer = make_document(contract, replaces=kept, version=2)
    sign_in(client, contract, role)

    shown = client.get(newer.get_absolute_url()).context["versions"]

    assert (kept in shown) == (role in PARTY_A)


def test_another_contracts_document_is_not_found(client, contract):
    theirs = make_document(make_contract())
    sign_in(client, contract)

    for name in ("document", "document-file", "document-version"):
        assert client.get(url(name, contract, theirs.pk)).status_code == 404


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", {"巡查", "方案"}),
        ("?kind=plan", {"方案"}),
        ("?q=巡", {"巡查"}),
        ("?q=roster.x", {"方案"}),
        ("?kind=nonsense&q=%00&after=~&clause=99999999999999999999", {"巡查", "方案"}),
    ],
)
def test_the_list_is_narrowed(client, contract, query, titles):
    make_document(contract, title="巡查")
    make_document(contract, title="方案", kind="plan", name="roster.xlsx")
    sign_in(client, contract)

    rows = client.get(url("documents", contract) + query).context["page"].rows

    assert {row.title for row in rows} == titles


def test_the_list_and_the_page_cost_the_same_for_three(client, contract):
    def add():
        return make_document(contract, clause=make_clause(contract))

    sign_in(client, contract)
    shown = add()
    costs = []
    for times in (1, 2):
        for _time in range(times):
            newer = add()
            make_document(contract, replaces=newer, version=2)
            client.get(url("document-file", contract, shown.pk)).getvalue()
        costs.append(
            [
                queries(client, url("documents", contract)),
                queries(client, shown.get_absolute_url()),
            ]
        )

    assert costs[0] == costs[1]


def test_the_same_form_on_two_contracts_is_two_documents(client):
    user, token = make_user(demo=True), str(uuid4())
    client.force_login(user)

    for _time in range(2):
        contract = make_contract()
        Membership.objects.create(contract=contract, user=user, role=Role.SUPERVISOR)
        answer = client.post(
            reverse("contracts:document-new", args=[contract.number]),
            {
                "token": token,
                "title": "会议纪要",
                "kind": "other",
                "file": SimpleUploadedFile("a.pdf", b"%PDF-1.7"),
            },
        )
        assert answer.status_code == 302

    assert Document.objects.count() == 2
