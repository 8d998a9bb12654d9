"""What is said of a person, made comparable or unreadable; and text made searchable."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from operator import add

# Telephones

_ACCOUNT_LENGTH = 64
_MOBILE_LENGTH = 11
_FEWEST_DIGITS = 5  # 12345 is a telephone, 110 is not a caller's
_EXTENSION = re.compile(r"(?:转|分机|ext\.?|x|#).*$|\(\D*$")  # or a remark in brackets
_COUNTRY = re.compile(r"^(?:\+|00)?86(?=1[3-9]\d{9}$|[1-9]\d{9,10}$|0\d{9,11}$)")
_PHONE = re.compile(r"\+?[\d\s().-]+")
_NEXT_PHONE = re.compile(r"[/、,;|]|\s{2,}|或|(?<=\d{11})\s")
_SECRET = frozenset({
    "保密", "匿名", "隐藏", "不愿透露", "不详", "未知", "无", "空", "-", "--", "/", "null", "none",
})  # fmt: skip


def is_secret(text: str) -> bool:
    """Tell whether `text` stands where a name or number was withheld.

    >>> is_secret("（保密）"), is_secret("13800000000")
    (True, False)
    """
    return unicodedata.normalize("NFKC", text).strip("() \t").casefold() in _SECRET


def normalise_phone(text: str) -> str:
    """Return `text` such that two ways of writing one number become the same.

    Of several numbers the first counts, without country code and extension. What is
    no telephone number (an account on another platform) is folded and kept:

    >>> normalise_phone("+86 138-0000-0000"), normalise_phone("（010）６２００００００转8012")
    ('13800000000', '01062000000')
    >>> normalise_phone("WX_Reader 01"), normalise_phone("保密")
    ('wx_reader01', '')
    """
    folded = unicodedata.normalize("NFKC", text).strip().casefold()
    if is_secret(folded):
        return ""
    for part in _NEXT_PHONE.split(folded):
        number = _EXTENSION.sub("", part)
        digits = re.sub(r"\D", "", number)
        if len(digits) >= _FEWEST_DIGITS and _PHONE.fullmatch(number.strip()):
            return _COUNTRY.sub("", digits)
    return re.sub(r"\s", "", folded)[:_ACCOUNT_LENGTH]


# Masking. Always the same number of stars: a length, too, says something.

_STARS = "****"
_DIGIT = r"[0-9０-９]"
_NO_DIGIT_BEFORE, _NO_DIGIT_AFTER = rf"(?<!{_DIGIT})", rf"(?!{_DIGIT})"
_GAP = r"[ \-－—·]?"
#: An order's number begins with its day; no identity number does: 20 is no province.
_NOT_A_DAY = r"(?![2２][0０]\d\d(?:[0０][1-9１-９]|[1１][0-2０-２])(?:[0-2０-２]\d|[3３][01０１]))"
_PRIVATE = re.compile(
    rf"""
    {_NO_DIGIT_BEFORE}(?:
        (?P<mobile> (?:\+?[8８][6６]{_GAP})? [1１][3-9３-９]\d{_GAP}\d{{4}}{_GAP}\d{{4}} )
      | (?P<landline> [(（]?[0０]\d{{2,3}}[)）]?{_GAP}[2-9２-９]\d{{2,3}}{_GAP}\d{{4}} )
      | (?P<identity> {_NOT_A_DAY} (?: \d{{17}}[Xxｘ×Ｘ] | \d{{6}}{_GAP}\d{{8}}{_GAP}\d{{3}}[\dXx] | \d{{15,19}} ) )
    ){_NO_DIGIT_AFTER}
    """,
    re.VERBOSE,
)


def mask_phone(text: str) -> str:
    """Return a telephone number or account with its middle hidden.

    >>> mask_phone("13800000000"), mask_phone("010-62000000"), mask_phone("wx_reader")
    ('138****0000', '010****0000', 'w****')
    """
    number = normalise_phone(text)
    if not number:
        return ""
    if number.isdecimal() and len(number) >= _MOBILE_LENGTH - 1:
        return f"{number[:3]}{_STARS}{number[-4:]}"
    return f"{number[:1]}{_STARS}"


def mask_name(text: str) -> str:
    """Return the first character of a name and two stars for all the rest.

    >>> mask_name("张三"), mask_name("李女士"), mask_name("")
    ('张**', '李**', '')
    """
    name = text.strip()
    return f"{name[:1]}**" if name else ""


def mask_text(text: str) -> str:
    """Return `text` with the telephone, identity and card numbers in it hidden.

    Order numbers, dates and sums are left as they are:

    >>> mask_text("请回电138 0000 0000或010-62000000，身份证110101190001010017")
    '请回电138****0000或010****0000，身份证110****17'
    >>> mask_text("工单20260501100000，5月1日缴费2000.00元")
    '工单20260501100000，5月1日缴费2000.00元'
    """
    return _PRIVATE.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    number = re.sub(r"[^0-9Xx]", "", unicodedata.normalize("NFKC", found[0]))
    if found["mobile"]:
        number = number[-_MOBILE_LENGTH:]
    kept = 2 if found["identity"] else 4
    return f"{number[:3]}{_STARS}{number[-kept:]}"


# Search

_RUNS = re.compile(r"\d+|[^\W\d_]+")
_LONGEST_NUMBER = 64  # PostgreSQL refuses a lexeme of more than 2,046 bytes
#: Characters of an order's number that one has to know to find it by a part of it.
PART = 4
#: Numbers in a text that are longer are telephones and the like: nobody finds by them.
_LONGEST_IN_TEXT = 6
#: Before a part of a number, or the 2026 of a text would be that of a number as well.
_OF_NUMBER = "#"
_OF_WEEK = "@"
_WEEK = 7
_PART = re.compile(r"[A-Za-z/._-]*[0-9][0-9A-Za-z/._-]*")
_NO_PART = re.compile(r"[^\w/.-]")
_HIDDEN = re.compile(r"[0-9Xx]*\*{4}[0-9Xx]*")


def grams(text: str) -> set[str]:
    """Return what `text` can be found by.

    Letters and characters go in pairs, with the last of a run alone as well, so that
    a single one can be looked for as the beginning of a pair. A number goes whole:
    who looks for 12 does not mean 2012.

    >>> sorted(grams("3号楼漏水，WiFi 坏"))
    ['3', 'fi', 'i', 'if', 'wi', '号楼', '坏', '楼漏', '水', '漏水']
    """
    found = set()
    for run in _runs(text):
        found.update(_pairs(run))
        found.add(run if run.isdecimal() else run[-1])
    return found


def query_grams(query: str) -> set[str]:
    """Return the grams that a text with `query` in it has, all of them.

    A run of one letter or character is returned alone and is to be matched as the
    beginning of a gram. An empty set means that nothing was asked.

    >>> sorted(query_grams("漏水 12")), query_grams("水"), query_grams("，。")
    (['12', '漏水'], {'水'}, set())
    """
    found = set()
    for run in _runs(query):
        found.update(_pairs(run) or {run})
    return found


def _runs(text: str) -> Iterator[str]:
    for found in _RUNS.finditer(unicodedata.normalize("NFKC", text).casefold()):
        run = found[0]
        yield run[:_LONGEST_NUMBER] if run.isdecimal() else run


def _pairs(run: str) -> set[str]:
    return set() if run.isdecimal() else set(map(add, run, run[1:]))


def search_words(numbers: Iterable[str], texts: Iterable[str], *, at: datetime) -> str:
    """Return all that an order can be found by, as PostgreSQL reads a tsvector.

    Its numbers by any part of `PART` characters and more, its texts by their grams; and
    the week of `at`, the moment that lists sort by. What is hidden of citizens' numbers,
    and what is left of them, nobody finds.

    >>> search_words(["AB123"], ["漏水13800000000"], at=datetime(2026, 5, 1, tzinfo=UTC))
    "'#ab12' '#b123' '@105676' '水' '漏水'"
    """
    found = {_OF_WEEK + str(week_of(at))}.union(*map(_parts, numbers))
    for text in texts:
        found |= {
            gram
            for gram in grams(_HIDDEN.sub(" ", mask_text(text)))
            if not (gram.isdecimal() and len(gram) > _LONGEST_IN_TEXT)
        }
    return "'" + "' '".join(sorted(found)) + "'"


def week_of(at: datetime) -> int:
    """Return the number of a moment's week, counted from the first there was."""
    return at.astimezone(UTC).toordinal() // _WEEK


def start_of(week: int) -> datetime:
    """Return the first moment of a week by its number.

    >>> start_of(105676) <= datetime(2026, 5, 1, tzinfo=UTC) < start_of(105677)
    True
    """
    return datetime.fromordinal(week * _WEEK).replace(tzinfo=UTC)


def weeks_query(first: int, last: int) -> str:
    """Return what finds the orders of some weeks, as PostgreSQL reads a tsquery.

    >>> weeks_query(7, 9)
    "'@7' | '@8' | '@9'"
    """
    return " | ".join(f"'{_OF_WEEK}{week}'" for week in range(first, last + 1))


def search_query(word: str) -> str:
    """Return what finds the orders with `word` in them, as PostgreSQL reads a tsquery.

    "" where there is nothing to look for. A single character is looked for as the
    beginning of a pair. What may be a part of a number is, or a number in a text:

    >>> search_query("漏水点"), search_query("水"), search_query("，")
    ("'水点' & '漏水'", "'水':*", '')
    >>> search_query("0512"), search_query("20260512")
    ("('#0512') | ('0512')", "('#0260' & '#0512' & '#2026' & '#2605' & '#6051')")
    """
    if not is_part(word):
        return text_query(word)
    of_number = " & ".join(f"'{part}'" for part in sorted(_parts(word)))
    in_text = text_query(word)
    return f"({of_number}) | ({in_text})" if in_text else f"({of_number})"


def text_query(word: str) -> str:
    """Return the same for texts alone; "" also for what may be somebody's telephone."""
    if word.isdecimal() and len(word) > _LONGEST_IN_TEXT:
        return ""
    return " & ".join(
        f"'{gram}'" + (":*" if len(gram) == 1 and not gram.isdecimal() else "")
        for gram in sorted(query_grams(word))
    )


def is_part(word: str) -> bool:
    """Tell whether a word may be a part of an order's number.

    >>> is_part("0512"), is_part("SH-05"), is_part("512"), is_part("wifi"), is_part("漏水12")
    (True, True, False, False, False)
    """
    return len(word) >= PART and bool(_PART.fullmatch(word))


def _parts(number: str) -> set[str]:
    folded = _NO_PART.sub("", number.casefold())
    return {_OF_NUMBER + folded[at : at + PART] for at in range(len(folded) - PART + 1)}
