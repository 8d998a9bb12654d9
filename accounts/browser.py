"""Who is at the other end of a request, as far as it tells."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest

AGENT_LENGTH = 200

#: In this order: most browsers also call themselves by the names of others.
BROWSERS = {
    "Edg": "Edge",
    "QQBrowser": "QQ",
    "MicroMessenger": "WeChat",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Version": "Safari",
}
SYSTEMS = {
    "HarmonyOS": "HarmonyOS",
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}


@dataclass(frozen=True, slots=True)
class Browser:
    """A network address, None where there is none, and what the browser calls itself."""

    address: str | None
    agent: str


def browser_of(request: HttpRequest) -> Browser:
    agent = request.META.get("HTTP_USER_AGENT", "")
    printable = "".join(letter for letter in agent if letter.isprintable())
    return Browser(_address(request), printable[:AGENT_LENGTH])


def agent_in_words(agent: str) -> str:
    """Return what people would call a browser; what it says itself if that is unknown.

    >>> agent_in_words("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36")
    'Chrome 140 · Windows'
    >>> agent_in_words("curl/8.5")
    'curl/8.5'
    """
    system = next((name for mark, name in SYSTEMS.items() if mark in agent), "")
    for mark, name in BROWSERS.items():
        if found := re.search(rf"\b{mark}/(\d+)", agent):
            return " · ".join(filter(None, [f"{name} {found[1]}", system]))
    return agent


def _address(request: HttpRequest) -> str | None:
    told = str(request.META.get("REMOTE_ADDR", ""))
    if settings.BEHIND_TLS_PROXY:
        # The last one is what our own proxy has seen; those before it anybody can write.
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2]
        told = forwarded.strip() or told
    try:
        return str(ip_address(told))
    except ValueError:
        return None
