"""Every page in a browser: axe finds nothing on it, and nothing scrolls sideways."""

from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import groupby
from operator import attrgetter

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, ViewportSize

from tests.world import make_whole_world, places

from .conftest import DESK, set_cookies
from .test_accessible import STILL, THEMES, faults

#: A phone, and the smallest desk at 200 % zoom.
SCREENS: tuple[ViewportSize, ...] = (
    {"width": 390, "height": 844},
    {"width": 683, "height": 384},
)
#: Apps with pages enough for a worker of its own; the others are one part together.
PARTS = {"cases", "contracts", "staffing", "others"}
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Pieces(HTMLParser):
    """What a page is put together from: its kinds of elements."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.found.add(
            f"{tag} {said.get('class')} {said.get('type')} {said.get('role')}"
        )


@pytest.mark.parametrize("part", sorted(PARTS))
def test_every_page_is_open_to_everybody(live_server, open_as, become, base_url, part):
    """Each page is looked at once; in another state or role where it shows new pieces."""
    world, page, seen = make_whole_world(), open_as(**STILL), set[str]()
    names = set[str]()
    found: list[str] = []
    page.add_init_script(AXE_SCRIPT)
    set_cookies(page, base_url, django_language="zh-hans")

    who = attrgetter("who")
    mine = [place for place in places(world) if part_of(place.name) == part]
    for somebody, theirs in groupby(sorted(mine, key=who), key=who):
        client = world.client(somebody)
        if somebody:  # others than whoever comes to the door
            become(page, world.people[somebody])
        for place in theirs:
            pieces = Pieces(client.get(place.url).text).found
            if place.name in names and pieces <= seen:
                continue
            names.add(place.name)
            # Colours are those of the pieces: what brings none is in order in the dark.
            themes = ("light",) if pieces <= seen else THEMES
            seen |= pieces
            page.goto(place.url)
            found += [*faults(page, themes), *beyond(page)]

    assert not found, "\n".join(found)


def part_of(name: str) -> str:
    app = name.partition(":")[0]
    return app if app in PARTS else "others"


def beyond(page: Page) -> Iterator[str]:
    for screen in SCREENS:
        page.set_viewport_size(screen)
        if too_far := page.evaluate(BEYOND):
            yield f"{page.url}: {too_far} px beyond {screen['width']}"
    page.set_viewport_size(ViewportSize(width=DESK["width"], height=DESK["height"]))
