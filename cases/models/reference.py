"""What work orders are sorted by: categories, communities, handling units."""

from typing import ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.models import Contract


class ReferenceQuerySet(models.QuerySet["Reference"]):
    def of(self, contract: Contract) -> Self:
        return self.filter(contract=contract)


class Reference(models.Model):
    """A name that orders refer to, in the contract's own list, sorted as read aloud."""

    contract = models.ForeignKey(
        Contract, models.CASCADE, related_name="+", verbose_name=_("contract")
    )
    name = models.CharField(_("name"), max_length=120)
    sort_key = models.CharField(max_length=400, editable=False)

    objects = ReferenceQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering: ClassVar = ["sort_key", "name"]

    def __str__(self) -> str:
        return self.name


class Community(Reference):
    """A neighbourhood of the street."""

    class Meta(Reference.Meta):
        verbose_name = _("community")
        verbose_name_plural = _("communities")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "name"], name="community_one_a_name"
            ),
        ]


class Unit(Reference):
    """Who handles orders: an office, a community committee, a property company."""

    class Meta(Reference.Meta):
        verbose_name = _("handling unit")
        verbose_name_plural = _("handling units")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "name"], name="unit_one_a_name"
            ),
        ]


class Category(Reference):
    """What an order is about, in up to three levels; `name` is the whole path."""

    SEPARATOR: ClassVar = "->"

    first = models.CharField(_("level 1"), max_length=60)
    second = models.CharField(_("level 2"), max_length=60, blank=True)
    third = models.CharField(_("level 3"), max_length=60, blank=True)

    class Meta(Reference.Meta):
        verbose_name = _("category")
        verbose_name_plural = _("categories")
        constraints = [
            models.UniqueConstraint(
                fields=["contract", "name"], name="category_one_a_path"
            ),
        ]

    def __str__(self) -> str:
        return self.third or self.second or self.first
