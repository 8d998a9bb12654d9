"""How pages of a contract show the changes and events on its way."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext, pgettext

from accounts.templatetags.frame import badge
from contracts.matters import TONES
from contracts.models import Callout

register = template.Library()


@register.simple_tag
def matter_badge(record: Any) -> SafeString:
    """Show how a record stands."""
    tone = TONES.get(record.status, record.status)
    return badge(record.get_status_display(), tone)


@register.simple_tag
def acknowledgement(callout: Callout, at: datetime) -> SafeString:
    """Show whether an order was acknowledged, and whether in time."""
    if callout.acknowledged_late:
        return badge(gettext("Acknowledged late"), "warn", "clock-alert")
    if callout.acknowledged_at:
        return badge(gettext("Acknowledged in time"), "good")
    if callout.is_unanswered(at):
        return badge(gettext("Not acknowledged in time"), "bad", "clock-alert")
    return badge(pgettext("callout", "Not acknowledged"), "neutral")
