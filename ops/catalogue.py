"""The Chinese catalogue: whether it is complete, and how it is refreshed and compiled.

    python -m ops.catalogue             fails, with the reasons, unless it is complete
    python -m ops.catalogue --update    adds what is new, drops what is gone
    python -m ops.catalogue --compile   makes the .mo where the .po is newer

Runs in `.venv`. Written sorted, without dates or line numbers, so that two branches
that add a word each do not quarrel over the rest of the file.
"""

import re
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LANGUAGE = "zh_Hans"
PO = LOCALE / LANGUAGE / "LC_MESSAGES" / "django.po"
#: No words for users in these.
SKIPPED = {"bench", "docs", "locale", "migrations", "ops", "tests", "var"}

#: Which arguments of a function are message, plural and context, counted from 1.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...]] = {
    "_": (1,),
    "gettext": (1,),
    "gettext_lazy": (1,),
    "gettext_noop": (1,),
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}

HEADER = f"""\
msgid ""
msgstr ""
"Language: {LANGUAGE}\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""

PLACEHOLDER = re.compile(r"%\((\w+)\)[a-z]|\{(\w*)\}")


def sources(root: Path) -> Iterator[Path]:
    """Yield the Python files and templates that may hold words for users."""
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name in SKIPPED:
            continue
        if path.is_dir():
            yield from sources(path)
        elif path.suffix in {".py", ".html", ".txt"} and path.parent != ROOT:
            yield path


def used(root: Path) -> Catalog:
    """Return what the program says, untranslated."""
    catalog = Catalog(LANGUAGE)
    for path in sources(root):
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            text = as_python(text, origin=str(path))
        found = extract("python", BytesIO(text.encode()), KEYWORDS)
        for _line, message, _comments, context in found:
            catalog.add(message, context=context)
    return catalog


def as_python(template: str, origin: str) -> str:
    """Return a template's translations as Python calls, all else blotted out.

    Django leaves the indentation, which in Python would mean something.
    """
    lines = templatize(template, origin=origin).splitlines()
    return "\n".join(line.lstrip() for line in lines)


def written(file: Path) -> Catalog:
    if not file.exists():
        return Catalog(LANGUAGE)
    with file.open("rb") as lines:
        return read_po(lines, locale=LANGUAGE)


def messages(catalog: Catalog) -> dict[tuple[str, str | None], Message]:
    """Return the messages by id and context; the first of two plurals is the id."""
    return {(ids(each)[0], each.context): each for each in catalog if each.id}


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def strings(message: Message) -> tuple[str, ...]:
    if isinstance(message.string, str):
        return (message.string,)
    return tuple(message.string or ("",))


def faults(said: Catalog, translated: Catalog) -> list[str]:
    """Return what keeps the catalogue from being complete, a line each."""
    wanted, there = messages(said), messages(translated)
    result = [f"missing: {name}" for name, _ in wanted.keys() - there.keys()]
    result += [f"no longer used: {name}" for name, _ in there.keys() - wanted.keys()]
    result += [f"obsolete (#~): {key}" for key in translated.obsolete]
    for (name, _), message in there.items():
        if message.fuzzy:
            result.append(f"fuzzy: {name}")
        if not all(strings(message)):
            result.append(f"untranslated: {name}")
        # The plural's: "one row" may leave the number out, its Chinese may not.
        elif any(
            placeholders(text) != placeholders(ids(message)[-1])
            for text in strings(message)
        ):
            result.append(f"placeholders differ: {name}")
    return sorted(result)


def placeholders(text: str) -> set[str]:
    return {found[0] for found in PLACEHOLDER.finditer(text)}


def refreshed(said: Catalog, translated: Catalog) -> str:
    """Return the file's new text: what is said now, with the translations there are."""
    there = messages(translated)
    for key, message in messages(said).items():
        old = there.get(key)
        if old and len(ids(old)) == len(ids(message)):
            message.string = old.string
            message.flags |= old.flags
            message.user_comments = old.user_comments
    text = BytesIO()
    write_po(
        text,
        said,
        width=0,
        no_location=True,
        omit_header=True,
        sort_output=True,
        ignore_obsolete=True,
    )
    return HEADER + text.getvalue().decode().strip() + "\n"


def compile_all(locale: Path) -> None:
    """Make the `.mo` files whose `.po` is newer. What is fuzzy stays English."""
    for po in locale.glob("*/LC_MESSAGES/*.po"):
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        draft = mo.with_suffix(".new")
        with po.open("rb") as source, draft.open("wb") as target:
            write_mo(target, read_po(source, locale=po.parts[-3]), use_fuzzy=False)
        draft.replace(mo)


def main(*options: str) -> int:
    if options == ("--compile",):
        compile_all(LOCALE)
    elif options == ("--update",):
        PO.parent.mkdir(parents=True, exist_ok=True)
        PO.write_text(refreshed(used(ROOT), written(PO)), encoding="utf-8")
        print(f"{PO.relative_to(ROOT)}: {len(messages(written(PO)))} messages")
    elif options:
        print(__doc__, file=sys.stderr)
        return 2
    elif found := faults(used(ROOT), written(PO)):
        print("\n".join(found))
        print(f"{len(found)} faults in {PO.relative_to(ROOT)}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
