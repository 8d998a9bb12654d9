"""Fields that many records of a contract have in common."""

from typing import Any

from django.conf import settings
from django.db import models


def person(label: Any, **options: Any) -> "models.ForeignKey[Any, Any]":
    """Return a link to somebody who did something, which nobody follows back."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        verbose_name=label,
        **options,
    )


def paper(label: Any, **options: Any) -> "models.ForeignKey[Any, Any]":
    """Return a link to a document that proves something; there may be none yet."""
    return models.ForeignKey(
        "contracts.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=label,
        **options,
    )


def clause(label: Any, **options: Any) -> "models.ForeignKey[Any, Any]":
    """Return a link to the clause that a record rests on."""
    return models.ForeignKey(
        "contracts.Clause",
        models.PROTECT,
        related_name="+",
        verbose_name=label,
        **options,
    )


def money(label: Any, **options: Any) -> "models.DecimalField[Any, Any]":
    """Return an amount in CNY, to the fen."""
    return models.DecimalField(label, max_digits=14, decimal_places=2, **options)
