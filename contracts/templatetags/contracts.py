"""How pages of a contract show what is owed."""

from datetime import datetime

from django import template
from django.utils.safestring import SafeString

from accounts.templatetags.frame import badge
from contracts.models import Due
from contracts.standing import Standing, standing_of

register = template.Library()


@register.simple_tag
def due_badge(due: Due, at: datetime) -> SafeString:
    """Show how a due stands at a moment."""
    return standing_badge(standing_of(due, at))


@register.simple_tag
def standing_badge(standing: Standing) -> SafeString:
    return badge(standing.word, standing.tone, standing.mark)
