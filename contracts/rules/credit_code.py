"""The unified social credit code of an organisation (GB 32100): form and check character."""

import re

#: Digits and capitals, without I, O, S, V and Z.
CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
BODY_LENGTH = 17
FORM = re.compile(f"[{CHARACTERS}]{{{BODY_LENGTH + 1}}}")


def is_well_formed(code: str) -> bool:
    """Tell whether a code has eighteen characters, all of them such as occur in codes."""
    return FORM.fullmatch(code) is not None


def check_character(body: str) -> str:
    """Return the eighteenth character that belongs to the first seventeen.

    >>> check_character("91110108MA006DNG2")
    'A'
    """
    if len(body) != BODY_LENGTH or not set(body) <= set(CHARACTERS):
        raise ValueError(f"“{body}” is not the body of a credit code.")
    base = len(CHARACTERS)
    weighed = sum(
        CHARACTERS.index(character) * pow(3, place, base)
        for place, character in enumerate(body)
    )
    return CHARACTERS[-weighed % base]


def is_valid(code: str) -> bool:
    """Tell whether a code is well formed and its last character fits the others.

    >>> is_valid("91110108MA006DNG2A"), is_valid("91110108MA006DNG2B")
    (True, False)
    """
    return is_well_formed(code) and code[-1] == check_character(code[:-1])
