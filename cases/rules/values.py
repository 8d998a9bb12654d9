"""What is said of a person, made comparable or unreadable; and text made searchable."""

import re
import unicodedata
from collections.abc import Iterator
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
