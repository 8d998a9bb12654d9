"""Pages fit on small screens, and come over slow lines."""

from accounts.roles import Role
from tests.world import HOUR, World, make_open_case, places

#: A phone, and the smallest desk at 200 % zoom.
SCREENS = ({"width": 390, "height": 844}, {"width": 683, "height": 384})
BEYOND = """() => {
    const wide = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth <= wide) return [];
    return [...document.querySelectorAll("main *")]
        .filter(part => part.getBoundingClientRect().right > wide + 1)
        .map(part => part.outerHTML.slice(0, 100)).slice(0, 3);
}"""


def test_no_page_scrolls_sideways(world: World, open_as, become):
    page, found, here = open_as(), {}, ""

    for place in sorted(places(world), key=lambda place: place.who):
        if place.who != here:
            become(page, world.people[place.who])
            here = place.who
        page.goto(place.url)
        for screen in SCREENS:
            page.set_viewport_size(screen)
            if beyond := page.evaluate(BEYOND):
                found[place.name, screen["width"]] = beyond

    assert found == {}
