"""The handover package: what is in it, what is not, and that any change is found."""

import ast
import csv
import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile
from zlib import crc32

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse
from django.utils import translation

from accounts.roles import Role
from cases.models import Entry
from contracts.actions import documents, handover
from contracts.actions.handover import rows_of
from contracts.ledger import seal
from contracts.models import (
    AuditEntry,
    Contract,
    DocumentKind,
    Package,
    PackageStatus,
    Termination,
)
from reports import holdings, packages
from reports.package import DATA, file_name
from reports.tasks import make_package, sweep_packages
from tests import factories
from tests.factories import (
    NOON,
    make_case,
    make_clause,
    make_contract,
    make_entry,
    make_user,
)
from tests.world import ADDRESS, NAME, PHONE, make_issue

SNAPSHOT = pytest.mark.django_db(transaction=True)


@pytest.fixture
def contract(transactional_db) -> Contract:
    """A contract with orders, callers, a document, a report, and a list to hand over."""
    made = make_contract()
    make_clause(made, rules=["R38"])
    make_clause(made, rules=["R43"])
    words = f"路灯不亮，请回电{PHONE}。"
    case = make_case(
        made,
        title=words,
        content=f"=1+1 {words}",
        extra={"备注": words, "号码": int(PHONE)},
        caller={"name": NAME, "phone": PHONE, "address": ADDRESS},
    )
    for number in range(4):
        make_entry(case, text=f"第{number}次联系{PHONE}")
    make_document(made, "月报")
    make_issue(made, NOON.date(), by=make_user(), at=NOON)
    seal(Entry, at=NOON)
    handover.draw_up(made, by=make_user(), at=NOON)
    return made


def make_document(contract: Contract, title: str, **given):
    return documents.add(
        contract,
        file=SimpleUploadedFile(f"{title}.pdf", f"%PDF-1.7 {title}".encode() * 9),
        kind=DocumentKind.REPORT,
        title=title,
        token=uuid4(),
        by=make_user(),
        at=NOON,
        **given,
    )


def ask(contract: Contract, **given) -> Package:
    defaults: dict[str, Any] = {
        "token": uuid4(),
        "by": make_user(name="李四"),
        "at": NOON,
    }
    return packages.ask(contract, **defaults | given)


def make(contract: Contract) -> Package:
    package = ask(contract)
    packages.make(package, at=NOON)
    package.refresh_from_db()
    return package


@pytest.fixture
def unpacked(contract: Contract, tmp_path: Path) -> Path:
    folder = tmp_path / "unpacked"
    with ZipFile(make(contract).file.path) as zip_:
        zip_.extractall(folder)
    return folder


def verify(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run the script of the package as whoever received it does."""
    ended = subprocess.run(  # noqa: S603  # the script under test
        [sys.executable, "-I", str(folder / "verify.py"), *arguments],
        capture_output=True,
        encoding="utf-8",
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


def table(folder: Path, path: str) -> list[dict[str, str]]:
    with (folder / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


ENTRIES = "ledgers/cases_entry.csv"


# --- It verifies, wherever it is ------------------------------------------------------------


@SNAPSHOT
def test_a_package_verifies_offline(contract, unpacked):
    package = Package.objects.get()

    in_folder = verify(unpacked)
    as_zip = verify(unpacked, package.file.path)

    assert (in_folder[0], as_zip[0]) == (0, 0), in_folder[1]
    assert "核对通过" in in_folder[1]
    assert f"压缩包 SHA-256 {package.digest}" in as_zip[1]


@SNAPSHOT
def test_the_page_shows_the_digest_that_the_script_prints(client, contract, unpacked):
    client.force_login(make_user(contract))

    page = client.get(Package.objects.get().get_absolute_url()).text

    digest = (unpacked / "manifest.sha256").read_text().split()[0]
    assert digest in page
    assert f"清单摘要 {digest}" in verify(unpacked)[1]


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def rewrite(path: Path, change: Callable[[list[bytes]], list[bytes]]) -> None:
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))


def a_document(folder: Path) -> Path:
    return next((folder / "documents").iterdir())


def change_the_manifest(folder: Path) -> None:
    path = folder / "manifest.json"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"rows": 5', '"rows": 4'), encoding="utf-8")


#: What somebody does to a package → the file that is named, and what is said of it.
TAMPERINGS = {
    "a byte of a document": (
        lambda folder: flip(a_document(folder)),
        "documents/",
        "内容被改动",
    ),
    "a document taken out": (
        lambda folder: a_document(folder).unlink(),
        "documents/",
        "缺少这个文件",
    ),
    "a row of a table": (
        lambda folder: rewrite(
            folder / "data/contracts_clause.csv", lambda rows: rows[:-1]
        ),
        "data/contracts_clause.csv",
        "清单上是 2 行，实有 1 行",
    ),
    "a row of a ledger": (
        lambda folder: rewrite(folder / ENTRIES, lambda rows: rows[:2] + rows[3:]),
        ENTRIES,
        "第 2 行不见了",
    ),
    "two rows exchanged": (
        lambda folder: rewrite(
            folder / ENTRIES,
            lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]],
        ),
        ENTRIES,
        "第 2 行不在原来的位置",
    ),
    "a row twice": (
        lambda folder: rewrite(folder / ENTRIES, lambda rows: [*rows[:3], *rows[2:]]),
        ENTRIES,
        "第 2 行重复",
    ),
    "the end of a ledger": (
        lambda folder: rewrite(folder / ENTRIES, lambda rows: rows[:4]),
        ENTRIES,
        "末尾被截断：第 4 行至第 5 行不见了",
    ),
    "a word of a ledger": (
        lambda folder: rewrite(
            folder / ENTRIES,
            lambda rows: [
                row.replace("第2次".encode(), "第9次".encode()) for row in rows
            ],
        ),
        ENTRIES,
        "第 4 行的内容被改动",
    ),
    "a file more": (
        lambda folder: (folder / "documents/extra.txt").write_text("x"),
        "documents/extra.txt",
        "清单上没有这个文件",
    ),
    "the manifest": (change_the_manifest, "manifest.json", "清单被改动"),
    "no manifest": (
        lambda folder: (folder / "manifest.json").unlink(),
        "manifest.json",
        "缺少这个文件",
    ),
    "a table that is none": (
        lambda folder: (folder / ENTRIES).write_bytes(b"\xff\xfe\x00"),
        ENTRIES,
        "读不出来",
    ),
}


@SNAPSHOT
@pytest.mark.parametrize("name", TAMPERINGS)
def test_every_change_is_found_and_named(contract, unpacked, name):
    tamper, where, said = TAMPERINGS[name]
    tamper(unpacked)

    ended, printed = verify(unpacked)

    assert ended == 1
    assert any(where in line and said in line for line in printed.splitlines()), printed


@SNAPSHOT
def test_a_ledger_rewritten_with_its_file_digest_is_found_by_its_chain(
    contract, unpacked
):
    """Whoever also mends the manifest's digest of the file still has the chain against them."""
    path, manifest = unpacked / ENTRIES, unpacked / "manifest.json"
    before = manifest.read_text(encoding="utf-8")
    rewrite(path, lambda rows: rows[:2] + rows[3:])
    for entry in (listed := json.loads(before))["files"]:
        if entry["path"] == ENTRIES:
            entry["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
            entry["size"] = path.stat().st_size
    text = json.dumps(listed, ensure_ascii=False).encode()
    manifest.write_bytes(text)
    (unpacked / "manifest.sha256").write_text(hashlib.sha256(text).hexdigest())

    ended, printed = verify(unpacked)

    assert (ended, "第 2 行不见了" in printed) == (1, True)


@SNAPSHOT
def test_a_packed_file_that_is_broken_is_told(contract, unpacked):
    path = Path(Package.objects.get().file.path)
    flip(path)

    ended, _printed = verify(unpacked, str(path))

    assert ended == 1


def test_the_script_runs_on_an_old_python_too():
    source = (DATA / "verify_package.py").read_text(encoding="utf-8")

    ast.parse(source, feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
        )
    }
    assert imported <= sys.stdlib_module_names


# --- What is in it -------------------------------------------------------------------------------


@SNAPSHOT
def test_the_manifest_says_what_there_is(contract, unpacked):
    manifest = json.loads((unpacked / "manifest.json").read_text(encoding="utf-8"))

    rows = {entry["path"]: entry["rows"] for entry in manifest["tables"]}
    assert manifest["contract"]["number"] == contract.number
    assert manifest["made_by"] == "李四"
    assert manifest["made_at"] == "2026-06-01T12:00:00+08:00"
    assert [one["table"] for one in manifest["seals"]] == ["cases_entry"]
    assert manifest["faults"] == []
    assert (rows[ENTRIES], rows["data/cases_case.csv"]) == (5, 1)
    assert rows["ledgers/contracts_auditentry.csv"] == 2
    assert len(list((unpacked / "issues").iterdir())) == 3


@SNAPSHOT
def test_excel_opens_its_tables(contract, unpacked):
    content = (unpacked / "data/cases_case.csv").read_bytes()

    assert content.startswith(b"\xef\xbb\xbf")
    assert table(unpacked, "data/cases_case.csv")[0]["content"].startswith("'=1+1")


@SNAPSHOT
def test_people_are_named_once(contract, unpacked):
    by = AuditEntry.objects.filter(became="handover_drawn_up").get().by

    assert {"id": str(by.pk), "name": by.name} in table(unpacked, "data/people.csv")


@SNAPSHOT
def test_no_callers_data_is_in_it(contract, unpacked):
    found = {
        path.relative_to(unpacked).as_posix()
        for path in unpacked.rglob("*")
        if path.is_file()
        for private in (NAME, PHONE, ADDRESS)
        if private.encode() in path.read_bytes()
    }

    assert found == set()
    assert "138****0042" in table(unpacked, ENTRIES)[1]["text"]
    assert set(table(unpacked, "data/cases_caller.csv")[0]) == {
        "case_id",
        "confidential",
    }
    assert "个人信息不在包内" in (unpacked / "README.txt").read_text(
        encoding="utf-8-sig"
    )


@SNAPSHOT
def test_another_contracts_rows_are_never_in_it(contract, tmp_path):
    other = make_contract(title="另一份合同")
    for role in (Role.MANAGER, Role.SUPERVISOR):
        make_user(other, role)
    make_clause(other, rules=["R38"], title="别处的条款")
    make_clause(other, rules=["R43"])
    make_case(other, title="别处的工单", number="20269999999999")
    make_document(other, "别处的文件")
    make_issue(other, NOON.date(), by=make_user(), at=NOON)
    handover.draw_up(other, by=make_user(), at=NOON)
    with ZipFile(make(contract).file.path) as zip_:
        zip_.extractall(tmp_path / "ours")

    manifest = json.loads((tmp_path / "ours/manifest.json").read_text(encoding="utf-8"))
    theirs = []
    for entry in manifest["tables"]:
        for row in table(tmp_path / "ours", entry["path"]):
            owner = row.get("contract_id")
            if owner not in (None, "", str(contract.pk)) or "别处" in str(row):
                theirs.append((entry["path"], row))
    assert theirs == []
    assert len(list((tmp_path / "ours/documents").iterdir())) == 1
    assert {
        row["id"] for row in table(tmp_path / "ours", "data/contracts_party.csv")
    } == {
        str(contract.party_a_id),
        str(contract.party_b_id),
    }


@SNAPSHOT
def test_what_one_party_keeps_from_the_other_is_not_in_it(contract, tmp_path):
    secret = make_document(contract, "内部意见", only_party_a=True)
    draft = Termination.objects.create(
        contract=contract,
        clause=contract.clauses.first(),
        route="policy",
        ends_on=NOON.date(),
        reason="尚在研究",
        drafted_at=NOON,
        drafted_by=make_user(),
    )
    AuditEntry.objects.create(
        contract=contract,
        at=NOON,
        subject=f"contracts.termination:{draft.pk}",
        note="尚在研究",
    )
    with ZipFile(make(contract).file.path) as zip_:
        zip_.extractall(tmp_path / "ours")

    found = [
        path.name
        for path in (tmp_path / "ours").rglob("*")
        if path.is_file()
        and (
            "尚在研究".encode() in path.read_bytes() or secret.digest[:12] in path.name
        )
    ]
    assert found == []


@SNAPSHOT
def test_files_that_are_gone_or_exchanged_are_told(contract, tmp_path):
    gone, exchanged = make_document(contract, "丢失"), make_document(contract, "调包")
    Path(gone.file.path).unlink()
    Path(exchanged.file.path).chmod(0o600)
    Path(exchanged.file.path).write_bytes(b"%PDF-1.7 another")

    package = make(contract)
    with ZipFile(package.file.path) as zip_:
        zip_.extractall(tmp_path / "ours")
        faults = json.loads(zip_.read("manifest.json"))["faults"]

    assert package.status == PackageStatus.READY
    assert len(faults) == 2
    assert "丢失.pdf" in package.error
    ended, printed = verify(tmp_path / "ours")
    assert (ended, printed.count("注意")) == (0, 2)


@pytest.mark.django_db
def test_every_table_of_a_contract_is_in_it_or_left_out_for_a_reason():
    contract = make_contract()
    taken = {one.label for one in holdings.tables()} | set(holdings.LEFT_OUT)
    kept = {table.label for table in holdings.TABLES if holdings.keeps_secrets(table)}

    forgotten = {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if rows_of(model, contract) is not None
        and model._meta.label not in taken
        and model._meta.label.removesuffix("Event") not in kept
    }

    assert forgotten == set()


def test_no_column_of_a_table_in_it_is_encrypted_or_a_place_on_disk():
    columns = {
        f"{table.label}.{column.name}"
        for table in holdings.tables()
        for column in holdings.columns_of(table)
    }

    assert not columns & {
        "cases.Caller.name",
        "cases.Caller.phone",
        "cases.Caller.phone_hash",
        "cases.Caller.further",
        "contracts.Document.file",
        "contracts.Document.token",
        "cases.Batch.file",
    }
    assert "cases.Entry.text" in columns


@pytest.mark.parametrize(
    ("name", "clean"),
    [
        ("../../etc/passwd", "_.._etc_passwd"),
        ("a\\b:c*?.pdf", "a_b_c__.pdf"),
        ("长" * 200 + ".pdf", "长" * 76 + ".pdf"),
        ("", "file"),
    ],
)
def test_a_name_is_one_that_any_system_takes(name, clean):
    assert file_name(name) == clean


# --- How it is made ---------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_form_sent_twice_is_one_package():
    contract, token = make_contract(), uuid4()

    assert ask(contract, token=token) == ask(contract, token=token)
    assert (
        AuditEntry.objects.filter(subject__startswith="contracts.package").count() == 1
    )


@pytest.mark.django_db
def test_while_one_is_being_made_no_other_is_begun():
    contract = make_contract()

    assert ask(contract) == ask(contract)


class Killed(BaseException):
    """What no handler catches, as a killed worker runs none."""


@SNAPSHOT
def test_what_a_killed_worker_left_is_made_again(contract, monkeypatch):
    package = ask(contract)

    def die(*_given, **_more):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("reports.package._Writing._write_manifest", die)
        with pytest.raises(Killed):
            packages.make(package, at=NOON)
    package.refresh_from_db()
    half = (package.status, package.tries, bool(package.file), package.done > 0)
    folder = Path(package.file.storage.path("packages/2026/06"))
    (folder / f"{package.token}.part").write_bytes(b"what a kill -9 leaves" * 99)
    packages.make(package, at=NOON)

    package.refresh_from_db()
    assert half == (PackageStatus.ASKED, 1, False, True)
    assert package.status == PackageStatus.READY
    assert package.done == package.parts > 0
    assert list(folder.iterdir()) == [Path(package.file.path)]


@SNAPSHOT
def test_what_fails_again_and_again_waits_for_a_person(contract, monkeypatch):
    package = ask(contract)

    def fail(*_given, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("reports.packages.write", fail)
    for _try in range(packages.MOST_TRIES):
        with pytest.raises(OSError, match="No space"):
            packages.make(package, at=NOON)
    packages.make(package, at=NOON)

    package.refresh_from_db()
    assert package.status == PackageStatus.FAILED
    assert "No space left" in package.error
    assert ask(contract) != package


@SNAPSHOT
def test_what_somebody_else_is_making_is_left_alone(contract):
    package = ask(contract)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_lock(%s, %s)",
                [crc32(b"package") - 2**31, package.pk],
            )
        packages.make(package, at=NOON)
    finally:
        other.close()

    package.refresh_from_db()
    assert (package.status, package.tries) == (PackageStatus.ASKED, 0)


@SNAPSHOT
def test_the_sweep_makes_what_is_owed(contract, settings, monkeypatch):
    package = ask(contract)
    monkeypatch.setattr(make_package, "delay", make_package)

    sweep_packages()
    sweep_packages()

    package.refresh_from_db()
    assert (package.status, package.tries) == (PackageStatus.READY, 1)


@SNAPSHOT
def test_made_twice_it_is_the_same_but_for_what_happened_since(contract):
    """Two packages list the same tables; the later one has the audit of the first."""
    first, second = make(contract), make(contract)

    def counts(package: Package) -> dict[str, int]:
        with ZipFile(package.file.path) as zip_:
            listed = json.loads(zip_.read("manifest.json"))["tables"]
        return {one["path"]: one["rows"] for one in listed}

    differ = {
        path for path, rows in counts(first).items() if counts(second)[path] != rows
    }
    assert differ <= {"ledgers/contracts_auditentry.csv", "data/people.csv"}


@SNAPSHOT
def test_it_is_in_chinese_whatever_the_language_of_whoever_asked(contract, unpacked):
    with translation.override("zh-hans"):
        title = str(Contract._meta.verbose_name_plural)
    manifest = json.loads((unpacked / "manifest.json").read_text(encoding="utf-8"))

    assert manifest["tables"][0]["title"] == title


# --- The pages ---------------------------------------------------------------------------------


def url(name: str, contract: Contract, *args) -> str:
    return reverse(f"reports:{name}", args=[contract.number, *args])


@SNAPSHOT
def test_a_package_is_asked_for_and_taken_away_and_both_are_noted(client, contract):
    manager = make_user(contract, Role.MANAGER)
    client.force_login(manager)
    asked = client.post(url("package-ask", contract), {"token": str(uuid4())})
    package = Package.objects.get()
    waiting = client.get(asked.url).text
    early = client.get(url("package-file", contract, package.pk)).status_code
    packages.make(package, at=NOON + timedelta(minutes=1))

    answer = client.get(url("package-file", contract, package.pk))

    package.refresh_from_db()
    assert ("<progress" in waiting, early) == (True, 404)
    assert len(answer.getvalue()) == package.size
    assert answer["Content-Disposition"].startswith("attachment; filename=")
    became = (
        AuditEntry.objects.about(package).order_by("pk").values_list("became", "by")
    )
    assert list(became) == [
        ("asked", manager.pk),
        ("ready", manager.pk),
        ("downloaded", manager.pk),
    ]
    assert manager.name in client.get(asked.url).text


@pytest.mark.django_db
def test_a_package_whose_file_is_gone_is_said_to_be(client):
    package = factories.make_package(make_contract(), status=PackageStatus.READY)
    client.force_login(make_user(package.contract, Role.SUPERVISOR, demo=True))
    file = url("package-file", package.contract, package.pk)
    Path(package.file.path).unlink()

    page = client.get(package.get_absolute_url())

    assert "Have it restored from the backup" in page.text
    assert file not in page.text
    assert client.get(file).status_code == 404


@pytest.mark.django_db
def test_another_contracts_package_is_not_found(client):
    ours, package = make_contract(), ask(make_contract())
    client.force_login(make_user(ours))

    for name in ("package", "package-file"):
        assert client.get(url(name, ours, package.pk)).status_code == 404


@pytest.mark.django_db
def test_a_form_without_its_token_makes_nothing(client):
    contract = make_contract()
    client.force_login(make_user(contract))

    answer = client.post(url("package-ask", contract), {"token": "nonsense"})

    assert (answer.status_code, Package.objects.count()) == (302, 0)


@pytest.mark.django_db
def test_the_handover_page_lists_packages(client):
    contract = make_contract()
    package = ask(contract)
    client.force_login(make_user(contract))

    page = client.get(reverse("contracts:handover", args=[contract.number])).text

    assert package.get_absolute_url() in page
    assert url("package-ask", contract) in page
