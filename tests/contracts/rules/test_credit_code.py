import pytest

from contracts.rules.credit_code import (
    CHARACTERS,
    check_character,
    is_valid,
    is_well_formed,
)

CODE = "91110108MA006DNG2A"


def test_party_b_s_code_is_valid():
    assert is_valid(CODE)


@pytest.mark.parametrize("place", range(18))
def test_one_wrong_character_is_found_out_wherever_it_stands(place):
    others = [character for character in CHARACTERS if character != CODE[place]]
    wrong = [CODE[:place] + character + CODE[place + 1 :] for character in others]

    assert not any(is_valid(code) for code in wrong)


@pytest.mark.parametrize("place", range(17))
def test_two_neighbours_that_changed_places_are_found_out(place):
    swapped = CODE[:place] + CODE[place + 1] + CODE[place] + CODE[place + 2 :]

    assert swapped == CODE or not is_valid(swapped)


@pytest.mark.parametrize(
    "code",
    ["", CODE[:17], f"{CODE}0", CODE.lower(), CODE.replace("D", "O"), f"{CODE}\n"],
)
def test_what_is_not_of_the_form_is_neither_well_formed_nor_valid(code):
    assert not is_well_formed(code)
    assert not is_valid(code)


@pytest.mark.parametrize("body", ["", CODE, "I" * 17])
def test_only_a_body_has_a_check_character(body):
    with pytest.raises(ValueError, match="body"):
        check_character(body)
