"""Pages come over slow lines."""

from playwright.sync_api import Request

from accounts.roles import Role
from tests.stage import World
from tests.world import HOUR, make_open_case

KB = 1000
FIRST_TIME, AFTER = 150 * KB, 30 * KB


def test_pages_are_light(world: World, open_as):
    at = world.received.counted_at
    for number in range(60):  # more than a page of the list
        make_open_case(world.contract, at, counted_at=at - number * HOUR)
    weights = {}

    for name, *args in (
        ("cases:list",),
        ("cases:case", world.received.pk),
        ("reports:home",),
        ("reports:issue", world.issues["issued"].pk),
        ("contracts:contract",),
    ):
        page, asked = open_as(world.people[Role.MANAGER]), list[Request]()
        page.on("requestfinished", lambda one, to=asked: to.append(one))
        page.goto(world.url(name, *args), wait_until="networkidle")
        sizes = {one.resource_type: 0 for one in asked}
        for one in asked:
            sizes[one.resource_type] += one.sizes()["responseBodySize"]
        weights[name] = (sum(sizes.values()), sizes["document"])

    assert {
        name: both
        for name, both in weights.items()
        if both[0] > FIRST_TIME or both[1] > AFTER
    } == {}
