"""A file of work orders on its way in."""

from typing import ClassVar, Self
from uuid import uuid4

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract, Workflow


class BatchStatus(models.TextChoices):
    CHECKING = "checking", _("Being checked")
    ASKING = "asking", _("Waits for an answer")
    CHECKED = "checked", _("Checked")
    IMPORTING = "importing", _("Being imported")
    DONE = "done", _("Imported")
    REFUSED = "refused", _("Refused")
    CANCELLED = "cancelled", _("Cancelled")
    UNDO_ASKED = "undo_asked", _("Undoing asked for")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class BatchMode(models.TextChoices):
    """What happens to good rows where others of the file are faulty."""

    GOOD_ROWS = "good_rows", _("The good rows")
    WHOLE = "whole", _("All rows or none")


class BatchQuerySet(models.QuerySet["Batch"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)

    def owed(self) -> Self:
        """Keep what a task has still to check, to import or to undo."""
        return self.filter(
            status__in=[
                BatchStatus.CHECKING,
                BatchStatus.IMPORTING,
                BatchStatus.UNDOING,
            ]
        )


class MappingQuerySet(models.QuerySet["Mapping"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


class Mapping(models.Model):
    """How the columns of one layout are read, as a person has said once.

    A file whose headings are no longer these stops with a question.
    """

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="+", verbose_name=_("contract")
    )
    name = models.CharField(_("name"), max_length=60)
    headings = models.JSONField(_("headings"), default=list)
    fields = models.JSONField(_("fields"), default=dict)
    made_at = models.DateTimeField(_("made at"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("made by"),
    )

    objects = MappingQuerySet.as_manager()

    class Meta:
        verbose_name = _("layout")
        verbose_name_plural = _("layouts")
        ordering: ClassVar = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "name"], name="mapping_one_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Batch(Workflow):
    """One uploaded file: checked first, then imported whole or not at all."""

    NEXT: ClassVar = {
        BatchStatus.CHECKING: {
            BatchStatus.CHECKED,
            BatchStatus.ASKING,
            BatchStatus.REFUSED,
            BatchStatus.CANCELLED,
        },
        # Asked about columns it does not know, and answered.
        BatchStatus.ASKING: {BatchStatus.CHECKING, BatchStatus.CANCELLED},
        BatchStatus.CHECKED: {BatchStatus.IMPORTING, BatchStatus.CANCELLED},
        BatchStatus.IMPORTING: {
            BatchStatus.DONE,
            BatchStatus.REFUSED,
            BatchStatus.CANCELLED,
        },
        # Tried again after whatever stood in the way is gone.
        BatchStatus.REFUSED: {BatchStatus.CHECKING},
        # One person asks for it, another does it.
        BatchStatus.DONE: {BatchStatus.UNDO_ASKED},
        BatchStatus.UNDO_ASKED: {BatchStatus.UNDOING, BatchStatus.DONE},
        BatchStatus.UNDOING: {BatchStatus.UNDONE, BatchStatus.DONE},
    }

    contract = models.ForeignKey(
        Contract, models.PROTECT, related_name="batches", verbose_name=_("contract")
    )
    status = models.CharField(
        _("status"),
        max_length=20,
        choices=BatchStatus,
        default=BatchStatus.CHECKING,
        editable=False,
    )
    token = models.UUIDField(unique=True, default=uuid4, editable=False)
    file = models.FileField(_("file"), upload_to="batches/%Y/%m")
    name = models.CharField(_("file name"), max_length=200)
    digest = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveIntegerField(_("size (bytes)"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=_("uploaded by"),
    )
    mode = models.CharField(
        _("taken over"), max_length=10, choices=BatchMode, default=BatchMode.GOOD_ROWS
    )
    mapping = models.ForeignKey(
        Mapping,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("layout"),
    )
    #: Heading → field, as the file was checked by; a layout may be another since.
    reading = models.JSONField(_("read by"), default=dict, blank=True)
    question = models.JSONField(_("question"), default=dict, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0, editable=False)
    new = models.PositiveIntegerField(_("new"), default=0)
    changed = models.PositiveIntegerField(_("changed"), default=0)
    same = models.PositiveIntegerField(_("same"), default=0)
    faulty = models.PositiveIntegerField(_("faulty"), default=0)
    vanished = models.PositiveIntegerField(_("no longer in the export"), default=0)
    columns = models.JSONField(_("columns"), default=list)
    refusal = models.CharField(_("why it was refused"), max_length=400, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    undo_asked_at = models.DateTimeField(_("undoing asked at"), null=True, blank=True)
    undo_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("undoing asked by"),
    )
    undo_reason = models.CharField(_("why it is undone"), max_length=400, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("undone by"),
    )
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering: ClassVar = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=BatchStatus.values), name="batch_status_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(status=BatchStatus.REFUSED) | ~Q(refusal=""),
                name="batch_is_refused_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(undone_by=None) | ~Q(undone_by=F("undo_asked_by")),
                name="batch_is_undone_by_another",
            ),
        ]
        indexes = [models.Index(fields=["contract", "digest"])]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("cases:batch", args=[self.contract.number, self.pk])


class BatchFault(models.Model):
    """A row of a file that cannot be taken as it is, or only with a warning."""

    batch = models.ForeignKey(
        Batch, models.CASCADE, related_name="faults", verbose_name=_("import")
    )
    sheet = models.CharField(_("sheet"), max_length=60)
    row = models.PositiveIntegerField(_("row"))
    column = models.CharField(_("column"), max_length=60, blank=True)
    code = models.CharField(_("code"), max_length=40)
    message = models.CharField(_("what is wrong"), max_length=300)
    value = models.CharField(_("value"), max_length=120, blank=True)
    warning = models.BooleanField(_("only a warning"), default=False)

    class Meta:
        verbose_name = _("fault")
        verbose_name_plural = _("faults")
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.sheet} {self.row} {self.column}"
