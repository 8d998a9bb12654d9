import pytest

pytestmark = pytest.mark.django_db

SIGN_IN = "/accounts/sign-in/"


@pytest.fixture(autouse=True)
def _as_it_is_deployed(settings):
    settings.LANGUAGE_CODE = "zh-hans"


def test_chinese_is_spoken_whatever_the_browser_asks_for(client):
    response = client.get(SIGN_IN, headers={"Accept-Language": "en"})

    assert response["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans"' in response.text


def test_who_switches_to_english_keeps_it(client):
    client.post("/language/setlang/", {"language": "en", "next": SIGN_IN})

    assert client.get(SIGN_IN)["Content-Language"] == "en"


@pytest.mark.parametrize("cookie", ["fr", "en-us", "", "x" * 5000])
def test_a_language_that_we_do_not_speak_is_chinese(client, cookie):
    client.cookies["django_language"] = cookie

    assert client.get(SIGN_IN)["Content-Language"] == "zh-hans"


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_the_theme_is_kept_in_a_cookie(client, theme):
    response = client.post("/accounts/theme/", {"theme": theme, "next": SIGN_IN})

    assert response.url == SIGN_IN
    assert response.cookies["theme"]["httponly"]
    assert f'data-theme="{theme}"' in client.get(SIGN_IN).text


@pytest.mark.parametrize("theme", ["", "pink", "\x00", "x" * 10_000])
def test_there_is_no_other_theme(client, theme):
    assert client.post("/accounts/theme/", {"theme": theme}).status_code == 400


def test_a_theme_from_elsewhere_is_not_shown(client):
    client.cookies["theme"] = '"><script>'

    assert 'data-theme="system"' in client.get(SIGN_IN).text


def test_switching_the_theme_never_leads_away(client):
    form = {"theme": "dark", "next": "//evil.example/"}

    assert client.post("/accounts/theme/", form).url == "/"


def test_a_link_switches_nothing(client):
    assert client.get("/accounts/theme/").status_code == 405


def test_the_door_costs_no_query(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        client.get(SIGN_IN)
