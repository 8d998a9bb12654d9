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

OPTIONS = {"resultTypes": ["violations"], "preload": False, "rules": {"target-size": {"enabled": True}}}
OPTIONS2={"resultTypes": ["violations"], "preload": False,"runOnly":["color-contrast","link-in-text-block"]}
def cpu():
    import subprocess,os
    rows=[l.split(None,4) for l in subprocess.run(["ps","-eo","pid,ppid,cputimes,times,args"],capture_output=True,text=True).stdout.splitlines()[1:]]
    kids={str(os.getpid())}
    for _ in range(8):
        kids|={r[0] for r in rows if r[1] in kids}
    return sum(int(r[2]) for r in rows if r[0] in kids and r[0]!=str(os.getpid())), time.process_time()

def found(page,opt):
    for violation in axe.run(page, options=opt).response["violations"]:
        for node in violation["nodes"]:
            yield f"{violation['id']} at {node['target']}: {node['html'][:120]}"


def test_axe(world, open_as):
    pages={}
    print("CPU",cpu())
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
        if len(pages)==1: print("CPU1",cpu())
        v2=list(found(page,OPTIONS2))
        t3=time.time()
        print(place, r.status, page.url[-30:], round(t1-t0,2),round(t2-t1,2),round(t3-t2,2))
        for x in v: print("   L",x)
        for x in v2: print("   D",x)
    print("CPU",cpu())
