"""Who called. Beside the ledger, encrypted, so that it can be erased."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.cipher import EncryptedTextField, blind
from cases.rules.values import mask_name, mask_phone, normalise_phone

from .case import Case

#: What the keyed digests of a telephone number are for: the whole of it, its end.
PHONE, PHONE_END = "cases_caller.phone", "cases_caller.phone_end"
_END = 4  # digits


def phone_hashes(phone: str) -> dict[str, bytes | None]:
    """Return what a telephone number is found by, however it is written."""
    number = normalise_phone(phone)
    end = number[-_END:]
    return {
        "phone_hash": blind(number, PHONE) if number else None,
        "phone_end_hash": blind(end, PHONE_END)
        if len(end) == _END and end.isdecimal()
        else None,
    }


class Caller(models.Model):
    """The person behind an order. Masked everywhere; shown by `reveal` alone."""

    case = models.OneToOneField(
        Case, models.CASCADE, primary_key=True, related_name="caller"
    )
    confidential = models.BooleanField(_("asked to stay unnamed"), default=False)
    name = EncryptedTextField(_("name"), blank=True)
    phone = EncryptedTextField(_("telephone"), blank=True)
    address = EncryptedTextField(_("address"), blank=True)
    #: Columns of the file that speak of a person and are none of ours, as JSON.
    further = EncryptedTextField(_("further columns"), blank=True)
    phone_hash = models.BinaryField(max_length=32, null=True, editable=False)
    #: Of the last four digits, for people who search by what a caller reads out.
    phone_end_hash = models.BinaryField(max_length=32, null=True, editable=False)

    class Meta:
        verbose_name = _("caller")
        verbose_name_plural = _("callers")
        indexes = [
            models.Index(fields=["phone_hash"], name="caller_by_phone"),
            models.Index(fields=["phone_end_hash"], name="caller_by_phone_end"),
        ]

    def __str__(self) -> str:
        return self.masked_name

    @property
    def has_data(self) -> bool:
        """Say whether there is anything to show in clear."""
        return bool(self.name or self.phone or self.address)

    @property
    def masked_name(self) -> str:
        return mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone)
