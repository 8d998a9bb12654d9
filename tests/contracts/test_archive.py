"""The register of the archive."""

from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.roles import Role
from contracts.actions import archive as actions
from contracts.actions import documents
from contracts.actions.archive import ArchiveRefused
from contracts.models import Contract, Document, DocumentKind, Volume, VolumeKind
from tests.contracts.counting import queries
from tests.factories import NOON, make_clause, make_contract, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def contract() -> Contract:
    made = make_contract()
    make_clause(made, ref="第六条（二）13", rules=["R39"])
    return made


def pdf(name: str = "备份记录.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"%PDF-1.7 " + name.encode())


def make_document(contract: Contract, title: str = "月报", **given) -> Document:
    return documents.add(
        contract,
        file=pdf(f"{title}.pdf"),
        kind=DocumentKind.REPORT,
        title=title,
        token=uuid4(),
        by=make_user(),
        at=NOON,
        **given,
    )


def bind(contract: Contract, **given) -> Volume:
    number = Volume.objects.count() + 1
    defaults: dict[str, Any] = {
        "clause": contract.clauses.first(),
        "number": f"JD-2026-{number:02}",
        "kind": VolumeKind.PAPER,
        "title": "第一季度台账",
        "starts_on": date(2026, 5, 1),
        "ends_on": date(2026, 5, 31),
        "pages": 240,
        "place": "档案柜 3",
        "bound_on": date(2026, 6, 1),
        "backup": None,
        "documents": [],
        "token": uuid4(),
        "by": make_user(),
        "at": NOON,
    }
    return actions.bind(contract, **defaults | given)


def url(name: str, contract: Contract, *args) -> str:
    return reverse(f"contracts:{name}", args=[contract.number, *args])


def filled_in(contract: Contract, **given) -> dict[str, Any]:
    return {
        "token": str(uuid4()),
        "number": "DZ-01",
        "kind": "electronic",
        "title": "五月电子资料",
        "clause": contract.clauses.get().pk,
        "starts_on": "2026-05-01",
        "ends_on": "2026-05-31",
        "pages": "310",
        "place": "备份盘 A",
        "bound_on": "2026-06-01",
    } | given


def test_a_volume_names_its_documents(contract):
    document = make_document(contract)

    volume = bind(contract, documents=[document])

    assert list(volume.documents.all()) == [document]


def test_a_binding_number_is_given_once(contract):
    bind(contract, number="JD-1")

    with pytest.raises(ArchiveRefused, match="binding number"):
        bind(contract, number="JD-1")


def test_what_is_electronic_needs_its_backup(contract):
    with pytest.raises(ArchiveRefused, match="backup"):
        bind(contract, kind=VolumeKind.ELECTRONIC)

    assert bind(contract, kind=VolumeKind.ELECTRONIC, backup=pdf()).backup.kind == (
        DocumentKind.BACKUP
    )


def test_a_document_of_another_contract_has_no_place_in_it(contract):
    stranger = make_document(make_contract())

    with pytest.raises(ArchiveRefused):
        bind(contract, documents=[stranger])
    with pytest.raises(ArchiveRefused):
        actions.attach(bind(contract), documents=[stranger], by=make_user(), at=NOON)


def test_a_form_sent_twice_is_one_volume(client, contract):
    client.force_login(make_user(contract, Role.CLERK))
    form, file = filled_in(contract), pdf()

    for _time in range(2):
        file.seek(0)
        answer = client.post(url("volume-new", contract), form | {"backup": file})

    assert answer.url == Volume.objects.get().get_absolute_url()
    assert contract.documents.count() == 1


@pytest.mark.parametrize(
    ("given", "field", "code"),
    [
        ({}, "backup", "required"),
        ({"ends_on": "2026-04-30", "kind": "paper"}, "ends_on", "backwards"),
        ({"bound_on": "2099-01-01", "kind": "paper"}, "bound_on", "future"),
        ({"pages": "0", "kind": "paper"}, "pages", "min_value"),
        ({"documents": ["999999"], "kind": "paper"}, "documents", "invalid_choice"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(client, contract, given, field, code):
    client.force_login(make_user(contract, Role.CLERK))

    answer = client.post(url("volume-new", contract), filled_in(contract, **given))

    errors = answer.context["form"].errors.as_data()
    assert answer.status_code == 422
    assert {name: [one.code for one in found] for name, found in errors.items()} == {
        field: [code]
    }
    assert Volume.objects.count() == 0


def test_a_file_that_is_no_paper_is_refused(client, contract):
    client.force_login(make_user(contract, Role.CLERK))
    wrong = SimpleUploadedFile("backup.pdf", b"MZ not a pdf")

    answer = client.post(
        url("volume-new", contract), filled_in(contract) | {"backup": wrong}
    )

    assert (answer.status_code, Document.objects.count()) == (422, 0)


def test_documents_are_added_later_and_that_is_noted(client, contract):
    volume, document = bind(contract), make_document(contract)
    client.force_login(make_user(contract, Role.MANAGER))

    answer = client.post(
        url("volume-attach", contract, volume.pk),
        {"token": str(uuid4()), "documents": [document.pk]},
    )
    page = client.get(answer.url).text

    assert list(volume.documents.all()) == [document]
    assert "Documents added" in page


def test_party_b_is_not_shown_what_is_kept_to_party_a(client, contract):
    secret = make_document(contract, title="内部意见", only_party_a=True)
    volume = bind(contract, documents=[secret])

    for role, shown in [(Role.MANAGER, False), (Role.SUPERVISOR, True)]:
        client.force_login(make_user(contract, role))
        page = client.get(volume.get_absolute_url()).text

        assert ("内部意见" in page) is shown


def test_party_a_reads_the_register_at_any_time(client, contract, settings):
    settings.DEMO_WITHOUT_SECOND_FACTOR = True
    volume = bind(contract)

    for role in (Role.SUPERVISOR, Role.LEADER, Role.APPROVER):
        client.force_login(make_user(contract, role, demo=True))

        assert volume.number in client.get(url("volumes", contract)).text
        assert client.get(volume.get_absolute_url()).status_code == 200


def test_lists_cost_the_same_with_one_row_and_with_three(client, contract):
    client.force_login(make_user(contract))
    first = bind(contract, documents=[make_document(contract)])
    pages = [url("volumes", contract), url("volume", contract, first.pk)]
    one = [queries(client, page) for page in pages]

    for _number in range(2):
        more = make_document(contract)
        bind(contract, documents=[more])
        actions.attach(first, documents=[more], by=make_user(), at=NOON)
    three = [queries(client, page) for page in pages]

    assert one == three
