"""Nothing that axe can find stands in anybody's way, on any page, in either theme."""

import time
from collections.abc import Iterator
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from tests.world import World, places

#: Over and above what axe looks for by itself: WCAG 2.2 has it.
RULES: dict[str, Any] = {"rules": {"target-size": {"enabled": True}}}
#: What another theme can change.
COLOURS: dict[str, Any] = {"runOnly": ["color-contrast", "link-in-text-block"]}
RUN = """options => axe.run({...options, resultTypes: ["violations"], preload: false})
    .then(results => results.violations.flatMap(
        rule => rule.nodes.map(node => `${rule.id}: ${node.target} ${node.html}`)))"""


def cpu():
    import subprocess,os
    rows=[l.split(None,4) for l in subprocess.run(["ps","-eo","pid,ppid,cputimes,times,args"],capture_output=True,text=True).stdout.splitlines()[1:]]
    kids={str(os.getpid())}
    for _ in range(8):
        kids|={r[0] for r in rows if r[1] in kids}
    return sum(int(r[2]) for r in rows if r[0] in kids and r[0]!=str(os.getpid())), time.process_time()

def found(page: Page) -> Iterator[str]:
    page.evaluate(AXE_SCRIPT)
    yield from page.evaluate(RUN, RULES)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    for one in page.evaluate(RUN, COLOURS):
        yield f"dark: {one}"


def test_axe(world, open_as, become):
    print("CPU",cpu())
    page=open_as(reduced_motion="reduce")
    who=""
    for place in sorted(places(world), key=lambda p: p.who):
        if place.who and place.who!=who:
            become(page, world.people[place.who])
            who=place.who
        t0=time.time()
        r=page.goto(place.url)
        t1=time.time()
        v=list(found(page))
        t2=time.time()
        print(place, r.status, page.url[-30:], round(t1-t0,2),round(t2-t1,2))
        for x in v: print("   L",x)
    print("CPU",cpu())
