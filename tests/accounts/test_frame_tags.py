"""What all pages have in common: tags and filters, the menu, the form's fields, the style page."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.conf import settings as project
from django.contrib.auth.models import AnonymousUser
from django.http import Http404, HttpResponse
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import include, path, resolve
from django.utils.translation import override
from django_filters.fields import DateRangeField
from django_filters.widgets import DateRangeWidget

from accounts.roles import Duty, Role, what_may
from accounts.templatetags import frame, menu
from accounts.views_style import style

NOON = datetime(2026, 5, 8, 4, 0, tzinfo=UTC)  # in Beijing
HOUR = timedelta(hours=1)


def page(*args, **kwargs):
    return HttpResponse()


#: Some pages of the menu, and not all: what has no URL yet is left out.
urlpatterns = [
    path(
        "contracts/<slug:number>/",
        include(([path("", page, name="home")], "reports")),
    ),
    path(
        "contracts/<slug:number>/cases/",
        include(
            (
                [
                    path("", page, name="list"),
                    path("import/", page, name="import"),
                    path("import/<int:pk>/", page, name="batch"),
                    path("<int:pk>/", page, name="case"),
                ],
                "cases",
            )
        ),
    ),
    path(
        "contracts/<slug:number>/clauses/",
        include(([path("", page, name="clauses")], "contracts")),
    ),
    path("people/", include(([path("", page, name="people")], "accounts"))),
]
pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def _in_english():
    with override("en"):
        yield


def get(url="/", **attributes):
    request = RequestFactory().get(url)
    request.user = AnonymousUser()
    vars(request).update(attributes)
    return request


def drawn(source, request=None, **context):
    given = Context({"request": request or get(), **context})
    return Template("{% load frame menu %}" + source).render(given)


# --- Figures and times ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [
        (Decimal("0.9345"), "93.5\xa0%"),  # half up, not to even
        (Decimal("0.93449"), "93.4\xa0%"),
        (Decimal(0), "0.0\xa0%"),
        (Decimal(1), "100.0\xa0%"),
        (None, "—"),
    ],
)
def test_rate(fraction, shown):
    assert frame.rate(fraction) == shown


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("1163820.00"), "1,163,820.00"),
        (Decimal("-2000"), "-2,000.00"),
        (0, "0.00"),
        (None, "—"),
    ],
)
def test_money(amount, shown):
    assert frame.money(amount) == shown


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=59), "under a minute"),
        (timedelta(0), "under a minute"),
        (timedelta(minutes=20), "20 min"),
        (timedelta(hours=3, minutes=20), "3 h 20 min"),
        (timedelta(hours=3), "3 h"),
        (timedelta(days=1, minutes=20), "1 day"),
        (timedelta(days=2, hours=5, minutes=20), "2 days 5 h"),
        (timedelta(minutes=-20), "20 min"),
        (None, "—"),
    ],
)
def test_duration(length, said):
    assert frame.duration(length) == said


def test_moments_are_shown_in_beijing():
    late_in_utc = datetime(2026, 5, 7, 20, 5, tzinfo=UTC)

    assert frame.moment(late_in_utc) == "2026-05-08 Fri 04:05"
    assert frame.day(late_in_utc) == "2026-05-08 Fri"
    assert frame.day(date(2026, 5, 10)) == "2026-05-10 Sun"


def test_a_time_that_is_over_at_midnight_is_over_at_24_hours():
    midnight = datetime(2026, 5, 8, 16, tzinfo=UTC)

    assert frame.until(midnight) == "2026-05-08 Fri 24:00"
    assert frame.until(midnight + timedelta(minutes=1)) == "2026-05-09 Sat 00:01"


def test_what_is_not_there_is_a_dash():
    assert {
        frame.day(None),
        frame.moment(None),
        frame.until(None),
        frame.dash(None),
        frame.dash(""),
    } == {"—"}
    assert frame.dash(0) == 0


# --- Deadlines -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("gone", "percent", "tone", "words"),
    [
        (-1, 0, "good", "1 h 41 min left"),
        (0, 0, "good", "1 h 40 min left"),
        (49, 49, "good", "51 min left"),
        (50, 50, "warn", "50 min left"),
        (79, 79, "warn", "21 min left"),
        (80, 80, "bad", "20 min left"),
        (100, 100, "bad", "under a minute left"),
        (101, 100, "overdue", "1 min overdue"),
        (100 + 26 * 60, 100, "overdue", "1 day 2 h overdue"),
    ],
)
def test_a_deadline_of_a_hundred_minutes_comes_nearer(gone, percent, tone, words):
    due = NOON + timedelta(minutes=100)

    bar = frame.bar_of(NOON, due, at=NOON + timedelta(minutes=gone))

    assert (bar.percent, bar.tone, bar.words) == (percent, tone, words)


@pytest.mark.parametrize(
    ("done_after", "tone", "words"),
    [
        (9, "done", "Done in time"),
        (10, "done", "Done in time"),
        (12, "bad", "Done 2 h late"),
    ],
)
def test_what_is_done_stays_as_it_was_done(done_after, tone, words):
    bar = frame.bar_of(
        NOON, NOON + 10 * HOUR, at=NOON + 99 * HOUR, done_at=NOON + done_after * HOUR
    )

    assert (bar.tone, bar.words) == (tone, words)


def test_a_due_date_lasts_to_its_last_minute():
    shown = drawn(
        "{% deadline start due at=at %}", start=NOON, due=NOON.date(), at=NOON
    )

    assert "12 h left" in shown


def test_no_deadline_is_a_dash():
    assert drawn("{% deadline at None at=at %}", at=NOON).strip() == "—"


def test_a_deadline_before_its_start_is_used_up():
    bar = frame.bar_of(NOON, NOON - HOUR, at=NOON - 2 * HOUR)

    assert (bar.percent, bar.overdue) == (100, False)


# --- Tones and icons ----------------------------------------------------------------------------


def test_a_badge_is_a_word_and_an_icon():
    badge = frame.badge("Überfällig <b>", "overdue")

    assert badge.startswith('<span class="badge badge--bad"><svg class="icon"')
    assert badge.endswith("Überfällig &lt;b&gt;</span>")


def test_an_icon_says_nothing():
    svg = frame.icon("search", 20)

    assert 'aria-hidden="true"' in svg
    assert 'width="20"' in svg
    assert "style" not in svg


def test_a_status_may_bring_its_own_tone():
    assert frame.tone(SimpleNamespace(tone="warn")) == "warn"
    assert frame.tone(SimpleNamespace(tone="pink")) == "neutral"


# --- Links --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tag", "query"),
    [
        ("{% query page=2 %}", "?unit=1&amp;unit=2&amp;q=%E7%81%AF&amp;page=2"),
        ("{% query unit=None %}", "?q=%E7%81%AF"),
        ("{% query unit=3 q=None %}", "?unit=3"),
        ("{% query unit=None q=None %}", "?"),
    ],
)
def test_a_link_keeps_what_the_url_says(tag, query):
    assert drawn(tag, get("/?unit=1&unit=2&q=灯")) == query


@pytest.mark.parametrize(
    ("now", "then", "sorted_"),
    [
        ("", "sort=due", ""),
        ("?sort=due&after=x&unit=1", "sort=-due&amp;unit=1", 'aria-sort="ascending"'),
        ("?sort=-due&page=3", "sort=due", 'aria-sort="descending"'),
        ("?sort=other", "sort=due", ""),
    ],
)
def test_a_head_sorts_and_begins_the_list_anew(now, then, sorted_):
    head = drawn('{% sort_head "due" "Deadline" %}', get(f"/{now}"))

    assert f'href="?{then}"' in head
    assert sorted_ in head
    assert bool(sorted_) == ("aria-sort" in head)


def test_a_head_may_begin_with_the_latest():
    assert 'href="?sort=-at"' in drawn('{% sort_head "at" "At" first="descending" %}')


class Narrow(forms.Form):
    q = forms.CharField(label="Words", required=False)
    kind = forms.MultipleChoiceField(label="Kind", choices=[("a", "Ask"), ("b", "Beg")])
    on = DateRangeField(label="On", widget=DateRangeWidget(), required=False)
    urgent = forms.BooleanField(label="Urgent", required=False)
    sort = forms.ChoiceField(choices=[("on", "on")], required=False)


def chips(query):
    request = get(f"/?{query}")
    context = frame.filters(Context({"request": request}), Narrow(request.GET))
    return [(chip.label, chip.text, chip.href) for chip in context["chips"]]


def test_each_thing_that_is_set_is_a_chip_with_a_way_out():
    assert chips("kind=a&kind=b&sort=on&after=x") == [
        ("Kind", "Ask", "?kind=b&sort=on"),
        ("Kind", "Beg", "?kind=a&sort=on"),
    ]


def test_the_ends_of_a_range_are_two_chips():
    assert [chip[:2] for chip in chips("on_after=2026-05-01&on_before=2026-05-08")] == [
        ("On", "≥ 2026-05-01"),
        ("On", "≤ 2026-05-08"),
    ]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=", []),
        ("q=+", []),
        ("urgent=on", [("Urgent", "✓")]),
        ("kind=zzz", [("Kind", "zzz")]),
        ("q=%00", [("Words", "\x00")]),
        (f"q={'x' * 10_000}", [("Words", "x" * 39 + "…")]),
        ("unknown=1", []),
    ],
)
def test_a_query_may_hold_anything(query, shown):
    assert [chip[:2] for chip in chips(query)] == shown


def test_a_filter_opens_where_something_is_set():
    request = get("/?urgent=on&kind=a&sort=on")
    shown = drawn("{% filters form shown=2 %}", request, form=Narrow(request.GET))

    assert re.search(r'<details class="more"\s+open>', shown)
    assert '<input type="hidden" name="sort" value="on">' in shown
    assert re.search(r'value="a"\s+checked', shown)
    assert 'aria-label="On from"' in shown


# --- The menu ---------------------------------------------------------------------------------------


MANAGER = what_may(Role.MANAGER)


def links(url="/contracts/c-1/", *, may=MANAGER, **context):
    request = get(url, contract=SimpleNamespace(number="c-1"), may=may)
    request.resolver_match = resolve(request.path)
    groups = menu.menu(Context({"request": request, **context}))["groups"]
    return [link for group in groups for link in group.links]


def test_the_menu_shows_what_one_may_open_and_what_there_is():
    there = ["reports:home", "cases:list", "cases:import"]
    but_import = MANAGER - {"cases.import"}

    assert [link.name for link in links()] == there
    assert [link.name for link in links(may=but_import)] == there[:2]
    assert links(may=frozenset()) == []


@pytest.mark.parametrize(
    ("url", "current"),
    [
        ("/contracts/c-1/", ["reports:home"]),
        ("/contracts/c-1/cases/", ["cases:list"]),
        ("/contracts/c-1/cases/7/", ["cases:list"]),
        ("/contracts/c-1/cases/import/7/", ["cases:import"]),
        ("/contracts/c-1/clauses/", []),  # under home by its URL alone
        ("/people/", []),
    ],
)
def test_the_menu_marks_the_page_that_one_is_under(url, current):
    assert [link.name for link in links(url) if link.current] == current


def test_the_menu_counts_what_waits():
    assert {link.name: link.waiting for link in links(waiting={"cases:list": 12})} == {
        "reports:home": None,
        "cases:list": 12,
        "cases:import": None,
    }


def test_administrators_have_their_own_pages_and_no_contract():
    request = get("/people/", user=SimpleNamespace(duty=Duty.SYSTEM))
    groups = menu.menu(Context({"request": request}))["groups"]

    assert [link.name for group in groups for link in group.links] == [
        "accounts:people"
    ]


def test_there_is_no_menu_where_there_is_no_page():
    assert menu.menu(Context()) == {"groups": []}
    assert drawn("{% menu %}", get(resolver_match=None)).strip() == ""


# --- Forms ----------------------------------------------------------------------------------------------


class Sample(forms.Form):
    token = forms.CharField(widget=forms.HiddenInput)
    title = forms.CharField(label="Title", help_text="In a few words.")
    kind = forms.ChoiceField(
        choices=[("a", "A")], widget=forms.RadioSelect, label="Kind"
    )
    note = forms.CharField(label="Note", required=False)


def fields(form):
    return render_to_string("components/form_fields.html", {"form": form})


def ids(html):
    return re.findall(r'\sid="([^"]+)"', html)


def test_what_is_wrong_is_summed_up_and_linked_to_its_field():
    html = fields(Sample({"token": "t"}))
    linked = re.findall(r'href="#([^"]+)"', html)

    assert linked == ["id_title", "id_kind_field"]
    assert set(linked) <= set(ids(html))


def test_errors_and_help_stand_where_the_field_looks_for_them():
    html = fields(Sample({"token": "t"}))
    described = " ".join(re.findall(r'aria-describedby="([^"]+)"', html)).split()

    assert {"id_title_helptext", "id_title_error", "id_kind_error"} <= set(described)
    assert set(described) <= set(ids(html))


def test_a_fault_in_a_hidden_field_is_not_hidden():
    assert "This field is required." in fields(Sample({"title": "x", "kind": "a"}))


def test_only_what_may_be_left_out_says_so():
    assert fields(Sample()).count("optional") == 1


def test_a_form_without_faults_has_no_summary():
    assert "data-errors" not in fields(Sample())


@pytest.mark.parametrize("source", ["{{ form }}", "{{ form.title.as_field_group }}"])
def test_django_draws_forms_as_the_house_does(source):
    assert 'class="field"' in drawn(source, form=Sample())


# --- Pages -------------------------------------------------------------------------------------------------


def test_the_page_for_a_broken_program_needs_no_context():
    html = render_to_string("500.html")

    assert "Something broke on our side" in html
    assert "quote:" not in html


@pytest.mark.parametrize("code", [400, 403, 404, 500])
def test_error_pages_give_a_number_to_quote(code):
    html = render_to_string(f"{code}.html", {"number": "7f3a"})

    assert "<code>7f3a</code>" in html


def test_the_style_page_is_for_those_who_build():
    with pytest.raises(Http404):
        style(get())


@pytest.fixture
def style_page(settings):
    settings.DEBUG = True
    return style(get("/style/?status=handling&q=1", csrf_processing_done=True)).text


def test_no_page_has_style_or_script_in_it(style_page):
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", style_page)
    assert not re.search(r"<script(?![^>]*\ssrc=)", style_page)


def test_no_two_things_have_the_same_id(style_page):
    assert [name for name, count in Counter(ids(style_page)).items() if count > 1] == []


def test_the_style_page_shows_every_component(style_page):
    components = Path(project.BASE_DIR, "templates/components").glob("*.html")
    source = Path(project.BASE_DIR, "templates/style.html").read_text()
    shown = source + "".join(file.read_text() for file in components)
    frame_itself = {"bar", "keys", "menu", "quote", "sort_head", "filters"}

    unseen = [
        file.stem
        for file in Path(project.BASE_DIR, "templates/components").glob("*.html")
        if f"components/{file.name}" not in shown and file.stem not in frame_itself
    ]
    assert unseen == []


# --- Colours --------------------------------------------------------------------------------------------------


def tokens():
    css = Path(project.BASE_DIR, "static/css/tokens.css").read_text()
    found = re.findall(r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);", css)
    return [dict(zip(("name", *THEMES), token, strict=True)) for token in found]


THEMES = ("light", "dark")
GROUNDS = ("surface", "surface-soft", "surface-sunk")
TONES = ("accent", "good", "warn", "bad", "info")


def luminance(colour):
    def linear(part):
        share = int(part, 16) / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", THEMES)
def test_text_can_be_read_on_every_ground(theme):
    colour = {token["name"]: token[theme] for token in tokens()}
    softs = [f"{tone}-soft" for tone in TONES]
    pairs = [(text, ground) for text in ("text", *TONES) for ground in GROUNDS]
    pairs += [("text-soft", ground) for ground in (*GROUNDS, *softs)]
    pairs += [("text", soft) for soft in softs]
    pairs += [(tone, f"{tone}-soft") for tone in TONES]
    pairs += [("on-accent", tone) for tone in ("accent", "bad")]

    faint = [pair for pair in pairs if contrast(*(colour[name] for name in pair)) < 4.5]
    assert faint == []


@pytest.mark.parametrize("theme", THEMES)
def test_edges_and_charts_can_be_seen(theme):
    colour = {token["name"]: token[theme] for token in tokens()}
    seen = ["line", *(f"series-{number}" for number in range(1, 6))]

    assert [
        name for name in seen if contrast(colour[name], colour["surface"]) < 3
    ] == []
