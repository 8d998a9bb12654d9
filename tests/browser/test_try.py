from django.utils.timezone import now
from tests.world import *
from accounts.roles import Role
def test_x(world, open_as):
    page=open_as(world.people[Role.SUPERVISOR], viewport={"width":390,"height":844})
    page.goto(world.url("reports:issues"))
    page.screenshot(path="/tmp/bt_issues.png", full_page=True);page.set_viewport_size({"width":1366,"height":768});page.screenshot(path="/tmp/bt_issues2.png", full_page=True)
    print(page.evaluate("""() => [...document.querySelectorAll("body *")].filter(p => {
      if (p.getBoundingClientRect().right <= document.documentElement.clientWidth + 1) return false;
      for (let a = p.parentElement; a; a = a.parentElement) if (getComputedStyle(a).overflowX != "visible") return a.tagName=="HTML"||a.tagName=="BODY";
      return true; }).map(p => p.tagName + "." + p.className + " " + p.outerHTML.slice(0,80) + Math.round(p.getBoundingClientRect().right))"""))
    print(page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth, getComputedStyle(document.querySelector('.listing')).overflowX]"))
