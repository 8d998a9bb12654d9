"""Every page, looked at once: axe finds nothing, and nothing scrolls sideways."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.world import World, places

from .conftest import DESK, set_cookies
from .test_accessible import COLOURS, RULES, RUN, STILL, SWITCH

#: What depends on colours is looked at by itself, where there are new ones.
SHAPES = RULES | {
    "rules": RULES["rules"] | {rule: {"enabled": False} for rule in COLOURS["runOnly"]}
}
#: The colours, size and weight of each text on the page, over the grounds it stands on.
PAINT = """() => {
    const grounds = node => {
        const found = []
        for (; node; node = node.parentElement) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(node)
            const ground = [backgroundColor, backgroundImage, opacity].join()
            if (found.at(-1) !== ground) found.push(ground)
        }
        return found.join("<")
    }
    const texts = [...document.body.querySelectorAll("*")].filter(node =>
        node.matches("input, select, textarea") ||
        [...node.childNodes].some(one => one.nodeType === 3 && one.data.trim()))
    return [...new Set(texts.map(node => {
        const { color, fontSize, fontWeight, textDecorationLine } = getComputedStyle(node)
        const link = node.closest("a") ? "link" : ""
        return [color, fontSize, fontWeight, textDecorationLine, link, grounds(node)].join("|")
    }))]
}"""

#: A phone, and the smallest desk at 200 % zoom.
SCREENS = ({"width": 390, "height": 844}, {"width": 683, "height": 384})
BEYOND = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_every_page_is_open_to_everybody(world: World, open_as, become, base_url):
    page, seen = open_as(**STILL), set[str]()
    found: list[str] = []
    page.add_init_script(AXE_SCRIPT)
    set_cookies(page, base_url, django_language="zh-hans")

    who = attrgetter("who")
    for somebody, theirs in groupby(sorted(places(world), key=who), key=who):
        if somebody:  # others than whoever comes to the door
            become(page, world.people[somebody])
        for place in theirs:
            page.goto(place.url)
            page.evaluate(AXE_SCRIPT)
            found += [*barriers(page), *pale(page, seen), *beyond(page)]

    assert found == []


def barriers(page: Page) -> Iterator[str]:
    for fault in page.evaluate(RUN, SHAPES):
        yield f"{page.url}: {fault}"


def pale(page: Page, seen: set[str]) -> Iterator[str]:
    """Yield what axe finds in colours that no page before this one has shown."""
    for theme in ("light", "dark"):
        page.evaluate(SWITCH, theme)
        paint = {f"{theme}|{one}" for one in page.evaluate(PAINT)}
        if not paint <= seen:
            seen |= paint
            for fault in page.evaluate(RUN, COLOURS):
                yield f"{page.url}, {theme}: {fault}"


def beyond(page: Page) -> Iterator[str]:
    for screen in SCREENS:
        page.set_viewport_size(screen)
        if too_far := page.evaluate(BEYOND):
            yield f"{page.url}: {too_far} px beyond {screen['width']}"
    page.set_viewport_size(DESK)
