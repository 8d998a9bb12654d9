import pytest
from babel.messages.catalog import Catalog

from ops import catalogue

PO = """\
msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8\\n"

#. Kept for the translator
msgid "Closed"
msgstr "已结案"

msgid "%(count)s row"
msgid_plural "%(count)s rows"
msgstr[0] "%(count)s 行"

#, fuzzy
msgid "Open"
msgstr "打开"

msgid "Gone"
msgstr "不再使用"

msgid "Empty"
msgstr ""

msgid "Hello {name}"
msgstr "你好"

#~ msgid "Long gone"
#~ msgstr "早已不用"
"""

SAID = (
    ("Closed", None),
    (("%(count)s row", "%(count)s rows"), None),
    ("Open", None),
    ("Empty", None),
    ("Hello {name}", None),
    ("New", None),
    ("May", "month"),
)


@pytest.fixture
def said():
    result = Catalog(catalogue.LANGUAGE)
    for message, context in SAID:
        result.add(message, context=context)
    return result


@pytest.fixture
def translated(tmp_path):
    file = tmp_path / "django.po"
    file.write_text(PO, encoding="utf-8")
    return catalogue.written(file)


def test_words_are_found_in_python_and_in_templates(tmp_path):
    (tmp_path / "app.py").write_text(
        'a = _("One")\n'
        'b = ngettext("%(n)s day", "%(n)s days", n)\n'
        'c = pgettext_lazy("month", "May")\n'
        'd = gettext("Over " "two lines")\n'
        "e = gettext(variable)\n"
    )
    (tmp_path / "page.html").write_text(
        '{% load i18n %}\n  <p title="{% translate "Title" %}">\n'
        '    {{ x|default:_("none") }} it\'s (text)\n'
        "      {% blocktranslate count n=x trimmed %}\n        {{ n }} row\n"
        "      {% plural %}\n        {{ n }} rows\n      {% endblocktranslate %}\n"
        '{% translate "May" context "verb" %}\n'
    )
    (tmp_path / "migrations").mkdir()
    (tmp_path / "migrations" / "0001.py").write_text('_("Not this")')

    assert set(catalogue.messages(catalogue.used(tmp_path))) == {
        ("One", None),
        ("%(n)s day", None),
        ("May", "month"),
        ("Over two lines", None),
        ("Title", None),
        ("none", None),
        ("%(n)s row", None),
        ("May", "verb"),
    }


def test_every_fault_is_named(said, translated):
    assert catalogue.faults(said, translated) == [
        "fuzzy: Open",
        "missing: May",
        "missing: New",
        "no longer used: Gone",
        "obsolete (#~): Long gone",
        "placeholders differ: Hello {name}",
        "untranslated: Empty",
    ]


def test_a_refreshed_catalogue_keeps_the_translations_and_is_the_same_twice(
    said, translated, tmp_path
):
    file = tmp_path / "new.po"
    text = catalogue.refreshed(said, translated)
    file.write_text(text, encoding="utf-8")

    assert catalogue.refreshed(said, catalogue.written(file)) == text
    assert 'msgid "Closed"\nmsgstr "已结案"' in text
    assert 'msgstr[0] "%(count)s 行"' in text
    assert '#, fuzzy\nmsgid "Open"' in text
    assert "Gone" not in text
    assert "#: " not in text
    assert "Date" not in text
    ids = [line for line in text.splitlines() if line.startswith("msgid ")]
    assert ids == sorted(ids)


def test_what_is_fuzzy_is_not_compiled(tmp_path):
    folder = tmp_path / "zh_Hans" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text(PO, encoding="utf-8")

    catalogue.compile_all(tmp_path)

    compiled = (folder / "django.mo").read_bytes()
    assert "已结案".encode() in compiled
    assert "打开".encode() not in compiled
