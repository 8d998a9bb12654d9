"""Numbers of citizens, made comparable or unreadable; text made searchable."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.rules.values import (
    grams,
    is_secret,
    mask_name,
    mask_phone,
    mask_text,
    normalise_phone,
    query_grams,
)

MOBILE = st.integers(13_800_000_000, 13_800_000_099).map(str)


@pytest.mark.parametrize(
    "text",
    ["13800000001", " 138 0000 0001 ", "138-0000-0001", "+86 13800000001", "008613800000001",
     "１３８０００００００１", "13800000001/13800000002", "13800000001（微信同号）"],
)  # fmt: skip
def test_one_mobile_number_is_one_however_it_is_written(text):
    assert normalise_phone(text) == "13800000001"


@pytest.mark.parametrize(
    "text",
    [
        "010-62000000",
        "(010)62000000",
        "010 62000000",
        "010-62000000转8012",
        "86-010-62000000",
    ],
)
def test_one_landline_is_one_however_it_is_written(text):
    assert normalise_phone(text) == "01062000000"


@pytest.mark.parametrize("text", ["", "保密", "（保密）", "匿名", "不详", " - "])
def test_a_number_that_was_withheld_is_none(text):
    assert normalise_phone(text) == ""


def test_an_account_is_folded_and_kept():
    assert normalise_phone(" WX_Reader·01 ") == "wx_reader·01"


@given(st.text(alphabet="0123456789１８+-() /、;转微信WxＷ_保密", max_size=40))
def test_normalising_twice_changes_nothing(text):
    once = normalise_phone(text)

    assert normalise_phone(once) == once


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("13800000001", "138****0001"),
        ("010-62000000", "010****0000"),
        ("62000000", "6****"),
        ("wx_reader", "w****"),
        ("保密", ""),
        ("", ""),
    ],
)
def test_a_telephone_is_masked(text, masked):
    assert mask_phone(text) == masked


@pytest.mark.parametrize(
    ("name", "masked"), [("张三", "张**"), ("欧阳李四", "欧**"), (" ", "")]
)
def test_a_name_is_masked_without_its_length(name, masked):
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请拨13800000001联系", "请拨138****0001联系"),
        ("电话138-0000-0001，", "电话138****0001，"),
        ("电话１３８０００００００１。", "电话138****0001。"),
        ("+8613800000001", "138****0001"),
        ("座机010-62000000转1", "座机010****0000转1"),
        ("(010)62000000", "010****0000"),
        ("身份证110101190001010017", "身份证110****17"),
        ("证件11010119000101001x。", "证件110****1x。"),
        ("老证110101000101001", "老证110****01"),
        ("110101 19000101 0017", "110****17"),
        ("卡号6200000000000000000", "卡号620****00"),
    ],
)
def test_numbers_of_people_are_masked_inside_text(text, masked):
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "工单20260501100000已办结",
        "工单202605011000001234已办结",
        "2026年5月1日10时，3号楼2单元1501室",
        "缴费13800.00元，面积138平方米",
        "12345热线，96156",
        "",
    ],
)  # fmt: skip
def test_other_numbers_are_left_as_they_are(text):
    assert mask_text(text) == text


@given(
    st.text(alphabet="号楼，a \n", max_size=8),
    MOBILE,
    st.text(alphabet="室。b \n", max_size=8),
)
def test_no_mobile_number_gets_through(before, number, after):
    masked = mask_text(before + number + after)

    assert number not in masked
    assert not re.search(r"\d{7}", masked)


@given(st.integers(10**13, 10**14 - 1).map(str))
def test_a_number_of_fourteen_digits_is_no_telephone(number):
    assert mask_text(f"单号{number}。") == f"单号{number}。"


@given(st.text(max_size=200))
def test_masking_twice_changes_nothing(text):
    once = mask_text(text)

    assert mask_text(once) == once


def test_who_is_secret_says_so():
    assert is_secret("保密")
    assert not is_secret("张三")


def test_a_text_is_found_by_pairs_words_and_numbers():
    assert grams("3号楼漏水，Wi-Fi 2026") == {
        "3", "号楼", "楼漏", "漏水", "水", "wi", "i", "fi", "2026",
    }  # fmt: skip


LETTERS = st.text(alphabet="漏水管道暖气abWF，。 \n", max_size=40)


@given(LETTERS, LETTERS, LETTERS)
def test_every_part_of_a_text_finds_it(before, part, after):
    asked = {gram for gram in query_grams(part) if len(gram) > 1}

    assert asked <= grams(before + part + after)


def test_a_single_character_is_the_beginning_of_a_gram():
    (asked,) = query_grams("水")

    assert all(
        any(gram.startswith(asked) for gram in grams(text))
        for text in ("水管", "停水", "下水道")
    )


@given(st.text(max_size=200))
def test_a_gram_has_nothing_that_a_query_would_trip_over(text):
    assert all(
        re.fullmatch(r"[^\W_]{1,64}", gram) for gram in grams(text) | query_grams(text)
    )


def test_a_very_long_number_is_cut():
    assert grams("9" * 5000) == {"9" * 64}
