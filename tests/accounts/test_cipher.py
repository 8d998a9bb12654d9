import os
from base64 import b64encode
from uuid import uuid4

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, models, transaction
from django.test.utils import isolate_apps

from accounts import cipher
from accounts.actions import encrypt_batch_again
from accounts.cipher import Encrypted, EncryptedTextField, Undecipherable, blind
from cases.models import Caller
from tests.factories import make_case

pytestmark = pytest.mark.django_db


def new_key(number: int) -> str:
    return f"{number}:{b64encode(os.urandom(32)).decode()}"


def make_caller(**given: str) -> Caller:
    return make_case(caller={"name": "张三", "phone": "13800000000"} | given).caller


def in_the_table(caller: Caller, column: str = "phone") -> bytes:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column} FROM cases_caller WHERE case_id = %s",  # noqa: S608
            [caller.pk],
        )
        return bytes(cursor.fetchone()[0])


def write_to_the_table(caller: Caller, column: str, value: bytes) -> Caller:
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE cases_caller SET {column} = %s WHERE case_id = %s",  # noqa: S608
            [value, caller.pk],
        )
    return Caller.objects.get(pk=caller.pk)


def test_what_was_written_is_read_again():
    caller = make_caller(name="李四", phone="13800000001")

    read = Caller.objects.get(pk=caller.pk)

    assert (read.name, read.phone, read.address) == ("李四", "13800000001", "")


def test_postgresql_holds_nothing_that_can_be_read():
    caller = make_caller()

    assert b"138" not in in_the_table(caller)
    assert "张三".encode() not in in_the_table(caller, "name")


def test_the_same_value_is_never_the_same_bytes():
    assert in_the_table(make_caller()) != in_the_table(make_caller())


def test_nothing_stays_nothing():
    assert in_the_table(make_caller(phone="")) == b""


def test_many_are_written_at_once():
    cases = [make_case(), make_case()]
    Caller.objects.all().delete()

    Caller.objects.bulk_create(
        Caller(case=case, phone=f"1380000000{number}")
        for number, case in enumerate(cases)
    )

    phones = [caller.phone for caller in Caller.objects.order_by("pk")]
    assert phones == ["13800000000", "13800000001"]


def test_a_value_copied_to_another_record_cannot_be_read():
    mine, other = make_caller(), make_caller(phone="13800000009")

    copied = write_to_the_table(mine, "phone", in_the_table(other))

    with pytest.raises(Undecipherable):
        _ = copied.phone


def test_a_value_copied_to_another_column_cannot_be_read():
    caller = make_caller()

    copied = write_to_the_table(caller, "address", in_the_table(caller, "phone"))

    with pytest.raises(Undecipherable):
        _ = copied.address


@pytest.mark.parametrize("place", [0, 1, 2, 13, 14, -1])
def test_a_changed_byte_is_found(place):
    caller = make_caller()
    value = bytearray(in_the_table(caller))
    value[place] ^= 1

    changed = write_to_the_table(caller, "phone", bytes(value))

    with pytest.raises(Undecipherable):
        _ = changed.phone


@pytest.mark.parametrize("value", [b"\x01", b"\x01\x01short", b"13800000000"])
def test_what_was_never_encrypted_is_not_taken_for_it(value):
    changed = write_to_the_table(make_caller(), "phone", value)

    with pytest.raises(Undecipherable):
        _ = changed.phone


def test_a_fault_says_where_and_not_what():
    caller = make_caller()
    changed = write_to_the_table(caller, "phone", in_the_table(caller, "name"))

    with pytest.raises(Undecipherable, match=f"cases_caller.phone of {caller.pk}"):
        _ = changed.phone


def test_reading_a_list_decrypts_nothing(settings):
    make_caller()
    settings.PERSONAL_KEYS = [new_key(9)]  # with which nothing could be

    assert len(Caller.objects.all()) == 1


def test_saving_what_was_not_read_keeps_it(settings):
    caller = make_caller()
    before = in_the_table(caller)

    Caller.objects.get(pk=caller.pk).save()

    assert in_the_table(caller) == before


def test_a_deferred_value_is_fetched_when_it_is_read():
    caller = make_caller()

    assert Caller.objects.defer("phone").get(pk=caller.pk).phone == "13800000000"


def test_a_record_cannot_be_copied_under_another_key():
    caller = Caller.objects.get(pk=make_caller().pk)
    caller.pk = make_caller().pk + 1000

    with pytest.raises(ValueError, match="bound to the record"), transaction.atomic():
        caller.save(force_insert=True)


@pytest.mark.parametrize(
    "use",
    [
        lambda: Caller.objects.filter(phone="13800000000").exists(),
        lambda: Caller.objects.update(phone="13800000000"),
        lambda: Caller.objects.bulk_update([make_caller()], ["phone"]),
    ],
)
def test_what_does_not_know_the_record_is_refused(use):
    with pytest.raises(TypeError, match="is encrypted"), transaction.atomic():
        use()


def test_a_record_whose_key_comes_with_the_row_is_refused_at_the_start():
    with isolate_apps():

        class Note(models.Model):  # noqa: DJ008  # never stored
            text = EncryptedTextField()

            class Meta:
                app_label = "accounts"

        assert [fault.id for fault in Note.check()] == ["accounts.E010"]


# --- Keys ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keys",
    [
        [],
        ["1"],
        ["1:no base64"],
        ["1:c2hvcnQ="],
        ["0:" + b64encode(bytes(32)).decode()],
        ["256:" + b64encode(bytes(32)).decode()],
        ["1:" + b64encode(bytes(32)).decode(), "1:" + b64encode(bytes(32)).decode()],
    ],
)
def test_keys_that_are_none_are_refused(settings, keys):
    settings.PERSONAL_KEYS = keys

    with pytest.raises(ImproperlyConfigured):
        cipher.keys()


def test_without_its_key_a_value_cannot_be_read(settings):
    caller = make_caller()
    settings.PERSONAL_KEYS = [new_key(7)]

    with pytest.raises(Undecipherable, match="needs key 1"):
        _ = Caller.objects.get(pk=caller.pk).phone


# --- Rotation --------------------------------------------------------------------------------


def key_ids() -> set[int]:
    return {in_the_table(caller)[1] for caller in Caller.objects.all()}


def test_rotation_leaves_nothing_under_the_old_key(settings, capsys):
    for _number in range(3):
        make_caller()
    make_caller(name="", phone="", address="")
    settings.PERSONAL_KEYS = [new_key(2), *settings.PERSONAL_KEYS]

    call_command("rotate_personal_keys", batch=2)

    settings.PERSONAL_KEYS = settings.PERSONAL_KEYS[:1]  # the old one is thrown away
    assert {caller.phone for caller in Caller.objects.all()} == {"13800000000", ""}
    assert capsys.readouterr().out == "3 records encrypted anew\n"


def test_rotation_that_was_killed_goes_on_where_it_was(settings, capsys):
    for _number in range(5):
        make_caller()
    settings.PERSONAL_KEYS = [new_key(2), *settings.PERSONAL_KEYS]
    encrypt_batch_again(Caller, after=None, size=2)  # and then the power went
    assert key_ids() == {1, 2}

    call_command("rotate_personal_keys")

    assert key_ids() == {2}
    assert capsys.readouterr().out == "3 records encrypted anew\n"


def test_rotation_again_changes_nothing(capsys):
    caller = make_caller()
    before = in_the_table(caller)

    call_command("rotate_personal_keys")

    assert in_the_table(caller) == before
    assert capsys.readouterr().out == "0 records encrypted anew\n"


def test_rotation_names_what_it_cannot_read_and_does_the_rest(settings):
    broken, whole = make_caller(), make_caller()
    write_to_the_table(broken, "phone", in_the_table(whole))
    settings.PERSONAL_KEYS = [new_key(2), *settings.PERSONAL_KEYS]

    with pytest.raises(CommandError, match=f"cases_caller.phone of {broken.pk}"):
        call_command("rotate_personal_keys")

    assert in_the_table(whole)[1] == 2


# --- The blind index -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written", ["138 0000 0000", "138-0000-0000", "１３８００００００００"]
)
def test_a_number_is_found_however_it_was_written(written):
    assert blind(written, "cases.Caller.phone") == blind(
        "13800000000", "cases.Caller.phone"
    )


def test_different_numbers_have_different_digests():
    column = "cases.Caller.phone"

    assert blind("13800000000", column) != blind("13800000001", column)


def test_columns_cannot_be_joined_by_their_digests():
    assert blind("13800000000", "a") != blind("13800000000", "b")


def test_without_the_key_a_digest_cannot_be_made_again(settings):
    before = blind("13800000000", "a")
    settings.BLIND_KEY = b64encode(os.urandom(32)).decode()

    assert blind("13800000000", "a") != before


def test_an_encrypted_value_is_not_put_into_a_file():
    field = Caller._meta.get_field("phone")

    with pytest.raises(TypeError):
        field.value_to_string(make_caller())


def test_places_are_part_of_what_is_authenticated():
    place = f"table.column of {uuid4()}"
    value = cipher.encrypt("张三", place)

    assert isinstance(value, Encrypted)
    assert cipher.decrypt(value, place) == "张三"
    with pytest.raises(Undecipherable):
        cipher.decrypt(value, place + "0")
