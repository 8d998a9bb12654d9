"""Personal data at rest: encrypted value by value, found by a keyed digest.

The algorithm is behind `encrypt` and `decrypt`; the first byte of a value says which.
"""

import hmac
import os
import unicodedata
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BinaryField, Func, Model, Q, QuerySet, Value
from django.db.models.fields import AutoFieldMixin
from django.db.models.query_utils import DeferredAttribute

#: AES-256-GCM: version, key id, nonce, then the ciphertext with its tag.
VERSION = 1
VERSION_BYTES, KEY_ID_BYTES, NONCE, KEY = 1, 1, 12, 32
HEAD = VERSION_BYTES + KEY_ID_BYTES
KEY_IDS = range(1, 256)


class Undecipherable(Exception):
    """An encrypted value that is not what was written in this place, or has no key."""


class Encrypted(bytes):
    """A value as it stands in the database."""


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys by their id, which is in every value, and the one that encrypts."""

    first: int
    by_id: dict[int, AESGCM]


def keys() -> Keys:
    """Return the keys of settings.PERSONAL_KEYS. Raises ImproperlyConfigured."""
    return _keys(tuple(settings.PERSONAL_KEYS))


@lru_cache(maxsize=4)
def _keys(given: tuple[str, ...]) -> Keys:
    by_id: dict[int, AESGCM] = {}
    for one in given:
        number, _colon, key = one.strip().partition(":")
        if not number.isdecimal() or int(number) not in KEY_IDS or int(number) in by_id:
            raise ImproperlyConfigured(
                "PERSONAL_KEYS: each key is ID:BASE64, with an id of its own, 1 to 255."
            )
        by_id[int(number)] = AESGCM(key_bytes(key, f"PERSONAL_KEYS, key {number}"))
    if not by_id:
        raise ImproperlyConfigured("PERSONAL_KEYS is empty.")
    return Keys(next(iter(by_id)), by_id)


def key_bytes(text: str, name: str) -> bytes:
    """Return a key written as base64. Raises ImproperlyConfigured, naming it."""
    try:
        key = b64decode(text, validate=True)
    except NotBase64:
        key = b""
    if len(key) != KEY:
        raise ImproperlyConfigured(f"{name}: not {KEY} bytes in base64.")
    return key


def encrypt(value: str, place: str) -> Encrypted:
    """Encrypt for one place: what is copied to another cannot be read there."""
    ring = keys()
    head = bytes((VERSION, ring.first))
    nonce = os.urandom(NONCE)
    sealed = ring.by_id[ring.first].encrypt(
        nonce, value.encode(), head + place.encode()
    )
    return Encrypted(head + nonce + sealed)


def decrypt(value: Encrypted, place: str) -> str:
    """Return what was encrypted for this place. Raises Undecipherable."""
    head, nonce, sealed = (
        value[:HEAD],
        value[HEAD : HEAD + NONCE],
        value[HEAD + NONCE :],
    )
    if len(nonce) != NONCE or head[0] != VERSION:
        raise Undecipherable(f"{place} was not written by this program.")
    try:
        key = keys().by_id[head[1]]
    except KeyError:
        raise Undecipherable(
            f"{place} needs key {head[1]}, which is not set."
        ) from None
    try:
        return key.decrypt(nonce, sealed, head + place.encode()).decode()
    except InvalidTag:
        raise Undecipherable(
            f"{place} was changed, or written for another place."
        ) from None


class EncryptedAttribute(DeferredAttribute):
    """Decrypts when the attribute is first read, so that most lists never do."""

    field: "EncryptedTextField"

    def __get__(self, instance: Model | None, cls: type[Model] | None = None) -> Any:
        value = super().__get__(instance, cls)
        if instance is not None and isinstance(value, Encrypted):
            value = decrypt(value, self.field.place(instance)) if value else ""
            instance.__dict__[self.field.attname] = value
        return value

    def __set__(self, instance: Model, value: object) -> None:
        instance.__dict__[self.field.attname] = value


if TYPE_CHECKING:
    Text = models.TextField[str, str]
else:
    Text = models.TextField


class EncryptedTextField(Text):
    """Text that PostgreSQL holds encrypted, bound to its table, column and record.

    The record is known by its primary key, which therefore has to exist before the row
    does: a UUID, or the key of the record it belongs to one to one. Since neither
    `update()` nor `bulk_update()` knows the record, both refuse; `save()` and
    `bulk_create()` work. Nothing is found by it: keep a `blind` column beside it.
    """

    descriptor_class = EncryptedAttribute

    def get_internal_type(self) -> str:
        return "BinaryField"

    def place(self, instance: Model) -> str:
        """Return what a value of this record is bound to."""
        key = instance.pk
        if key is None:
            raise ValueError(f"{self} is bound to a record that has no key yet.")
        return f"{instance._meta.db_table}.{self.column} of {key}"

    def pre_save(self, model_instance: Model, add: bool) -> Encrypted:
        value = model_instance.__dict__[self.attname]
        if not value:
            return Encrypted()
        if not isinstance(value, Encrypted):
            return encrypt(value, self.place(model_instance))
        if add:
            raise ValueError(f"{self} is bound to the record that it was read from.")
        return value

    def get_prep_value(self, value: Any) -> Encrypted | None:
        if value is None or isinstance(value, Encrypted):
            return value
        if not value:
            return Encrypted()
        raise TypeError(f"{self} is encrypted: save the record, find it by its digest.")

    def get_db_prep_value(
        self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> bytes | None:
        return value if prepared else self.get_prep_value(value)

    def from_db_value(self, value: Any, *_how: object) -> Encrypted | None:
        return None if value is None else Encrypted(value)

    def value_to_string(self, obj: Model) -> str:
        raise TypeError(f"{self} is not written to files. Back up with `backup`.")

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if isinstance(self.model._meta.pk, AutoFieldMixin):
            found.append(
                checks.Error(
                    "An encrypted field is bound to its record's key, and this one is"
                    " not known before the row is there.",
                    obj=self,
                    id="accounts.E010",
                )
            )
        return found


# --- Found without being read ---------------------------------------------------------------


def blind(value: str, column: str) -> bytes:
    """Return the keyed digest (32 bytes) by which equal values of a column are found.

    Written differently, a number is still the same number: width, blanks, hyphens and
    case do not count. Each column has a key of its own, so that two cannot be joined.
    """
    key = _blind_key(settings.BLIND_KEY, column)
    return hmac.digest(key, _normal(value).encode(), "sha256")


def _normal(value: str) -> str:
    compatible = unicodedata.normalize("NFKC", value).casefold()
    return "".join(letter for letter in compatible if letter.isalnum())


@lru_cache(maxsize=64)
def _blind_key(main: str, column: str) -> bytes:
    derive = HKDF(SHA256(), KEY, salt=None, info=f"blind index of {column}".encode())
    return derive.derive(key_bytes(main, "BLIND_KEY"))


# --- Rotation ----------------------------------------------------------------------------------


def encrypted_fields(model: type[Model]) -> list[EncryptedTextField]:
    """Return the encrypted fields of a model; [] for most."""
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, EncryptedTextField)
    ]


def under_another_key(model: type[Model]) -> QuerySet[Model]:
    """Return the rows in which a value waits to be encrypted with the first key."""
    waiting, key_ids = Q(), {}
    for field in encrypted_fields(model):
        name = f"{field.attname}_key_id"
        key_ids[name] = Func(
            field.attname,
            Value(VERSION_BYTES + 1),
            Value(KEY_ID_BYTES),
            function="substring",
            output_field=BinaryField(),
        )
        waiting |= ~Q(**{f"{name}__in": [b"", bytes([keys().first])]})
    rows: QuerySet[Model] = model._base_manager.alias(**key_ids).filter(waiting)
    return rows


def encrypt_again(row: Model) -> dict[str, Encrypted]:
    """Return a row's values as the first key encrypts them. Raises Undecipherable."""
    return {
        field.attname: encrypt(value, field.place(row))
        for field in encrypted_fields(type(row))
        if (value := getattr(row, field.attname))
    }
