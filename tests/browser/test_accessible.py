"""Nothing that axe can find stands in anybody's way, on any page, in either theme."""

import time
from collections.abc import Iterator
from itertools import groupby
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.world import World, places

axe = Axe()

OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
OPTIONS2={"runOnly":["cat.color"]}

def found(page,opt):
    for violation in axe.run(page, options=opt).response["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']} at {node['target']}: {node['html'][:120]}"


def test_axe(world, open_as):
    pages={}
    for place in places(world):
        if place.who not in pages:
            pages[place.who]=open_as(world.people.get(place.who), cookies={"theme":"light"})
        page=pages[place.who]
        t0=time.time()
        r=page.goto(place.url)
        t1=time.time()
        v=list(found(page,OPTIONS))
        t2=time.time()
        page.evaluate("document.documentElement.dataset.theme='dark'")
        v2=list(found(page,OPTIONS2))
        t3=time.time()
        print(place, r.status, page.url[-30:], round(t1-t0,2),round(t2-t1,2),round(t3-t2,2))
        for x in v: print("   L",x)
        for x in v2: print("   D",x)
