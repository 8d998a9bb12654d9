"""A real browser before a running server."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.test.utils import override_settings
from playwright.sync_api import Page
from pytest_playwright.pytest_playwright import CreateContextCallback

from accounts.models import User
from tests.stage import World
from tests.world import make_world

# Playwright's loop runs in this thread for as long as the browser does; the tests use
# the database between its turns, never inside them.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

FLAGS = (
    "--no-sandbox",  # which root in a container cannot have
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: Longer than any page takes on a busy machine.
PATIENCE = 20_000  # ms
#: The smallest desk.
DESK = {"width": 1366, "height": 768}

OpensAs = Callable[..., Page]
Becomes = Callable[[Page, User], None]


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
) -> dict[str, Any]:
    path = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    return browser_type_launch_args | {"executable_path": path, "args": [*FLAGS]}


@pytest.fixture(scope="session")
def _static_files_as_they_are() -> Iterator[None]:
    """Let the server start where no static files have been collected."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(scope="session")
def live_server(_static_files_as_they_are: None, live_server: Any) -> Any:
    return live_server


@pytest.fixture(scope="session")
def base_url(live_server: Any) -> str:
    return str(live_server.url)


@pytest.fixture(autouse=True)
def _without_second_factor(settings: Any) -> None:
    """Demo accounts come in by password alone: codes have tests of their own."""
    settings.DEMO_WITHOUT_SECOND_FACTOR = True


@pytest.fixture
def world(live_server: Any) -> World:
    return make_world()


@pytest.fixture
def become(base_url: str) -> Becomes:
    """Return what makes a browser go on as somebody who has signed in with it."""

    def put(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user)
        cookies = {name: one.value for name, one in client.cookies.items()}
        set_cookies(page, base_url, **cookies)

    return put


@pytest.fixture
def open_as(new_context: CreateContextCallback, become: Becomes) -> OpensAs:
    """Return what opens a browser; for somebody, if it is told for whom."""

    def open_browser(user: User | None = None, **options: Any) -> Page:
        context = new_context(**{"locale": "zh-CN", "viewport": DESK} | options)
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        if user:
            become(page, user)
        return page

    return open_browser


def set_cookies(page: Page, url: str, **cookies: str) -> None:
    page.context.add_cookies(
        [{"name": name, "value": value, "url": url} for name, value in cookies.items()]
    )
