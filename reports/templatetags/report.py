"""How reports are shown on a page."""

from urllib.parse import urlencode

from django import template

from reports.scope import Where

register = template.Library()


@register.simple_tag
def where_url(list_url: str, where: Where) -> str:
    """Return the address of a list narrowed down; "" where a figure has no list."""
    return f"{list_url}?{urlencode(where)}" if where else ""
