"""Which days are worked: the official years, and the provisional ones."""

from typing import ClassVar

import pghistory
from django.db import models
from django.utils.translation import gettext_lazy as _

from contracts.rules.calendar import SpecialDay, WorkCalendar


class CalendarYear(models.Model):
    """A year whose work calendar is known, officially or provisionally."""

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    provisional = models.BooleanField(_("provisional"))
    source = models.CharField(_("source"), max_length=200)
    imported_at = models.DateTimeField(_("imported at"))

    class Meta:
        verbose_name = _("calendar year")
        verbose_name_plural = _("calendar years")
        ordering: ClassVar = ["year"]

    def __str__(self) -> str:
        return str(self.year)


class CalendarDayQuerySet(models.QuerySet["CalendarDay"]):
    def calendar(self) -> WorkCalendar:
        """Return the work calendar of all years that are known."""
        years = dict(CalendarYear.objects.values_list("year", "provisional"))
        return WorkCalendar.of(
            (SpecialDay(*row) for row in self.values_list("day", "is_workday", "name")),
            official_years=[
                year for year, provisional in years.items() if not provisional
            ],
            provisional_years=[
                year for year, provisional in years.items() if provisional
            ],
        )


@pghistory.track(
    pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent()
)
class CalendarDay(models.Model):
    """A day that is not what its weekday says: a holiday, or a weekend day worked."""

    year = models.ForeignKey(
        CalendarYear, models.CASCADE, related_name="days", verbose_name=_("year")
    )
    day = models.DateField(_("day"), unique=True)
    is_workday = models.BooleanField(_("worked"))
    name = models.CharField(_("name"), max_length=40)

    objects = CalendarDayQuerySet.as_manager()

    class Meta:
        verbose_name = _("calendar day")
        verbose_name_plural = _("calendar days")
        ordering: ClassVar = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
