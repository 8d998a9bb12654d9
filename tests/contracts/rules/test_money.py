from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.rules.money import NotAnAmount, from_words, in_words, to_fen

#: Amounts of which every digit may well be a zero: what is hard to write out.
AMOUNTS = st.text(alphabet="00019", min_size=1, max_size=18).map(
    lambda digits: Decimal(int(digits)).scaleb(-2)
) | st.integers(0, 10**18 - 1).map(lambda fen: Decimal(fen).scaleb(-2))


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [
        ("0.004", "0.00"),
        ("0.005", "0.01"),
        ("0.015", "0.02"),
        ("2.675", "2.68"),
        ("-0.005", "-0.01"),
        ("-0.004", "0.00"),
        ("116382", "116382.00"),
    ],
)
def test_half_a_fen_is_rounded_up(amount, rounded):
    assert str(to_fen(Decimal(amount))) == rounded


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_what_is_not_a_number_is_not_an_amount(amount):
    with pytest.raises(NotAnAmount):
        to_fen(Decimal(amount))
    with pytest.raises(NotAnAmount):
        in_words(Decimal(amount))


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("2327640", "贰佰叁拾贰万柒仟陆佰肆拾元整"),
        ("1163820", "壹佰壹拾陆万叁仟捌佰贰拾元整"),
        ("698292", "陆拾玖万捌仟贰佰玖拾贰元整"),
        ("465528", "肆拾陆万伍仟伍佰贰拾捌元整"),
        ("1409.50", "壹仟肆佰零玖元伍角"),
        ("6007.14", "陆仟零柒元壹角肆分"),
        ("16409.02", "壹万陆仟肆佰零玖元零贰分"),
        ("325.04", "叁佰贰拾伍元零肆分"),
        ("107000.53", "壹拾万柒仟元伍角叁分"),
        ("100010000", "壹亿零壹万元整"),
        ("0", "零元整"),
        ("0.50", "伍角"),
        ("0.05", "伍分"),
        ("0.53", "伍角叁分"),
        ("10", "壹拾元整"),
        ("10.05", "壹拾元零伍分"),
        ("1001", "壹仟零壹元整"),
        ("10001", "壹万零壹元整"),
        ("20000100", "贰仟万零壹佰元整"),
        ("100001000", "壹亿零壹仟元整"),
        ("100000001", "壹亿零壹元整"),
        ("1000000000000", "壹兆元整"),
        ("1000000010000", "壹兆零壹万元整"),
        ("1000010000000", "壹兆零壹仟万元整"),
        ("9999999999999999.99", "玖仟玖佰玖拾玖兆玖仟玖佰玖拾玖亿玖仟玖佰玖拾玖万玖仟玖佰玖拾玖元玖角玖分"),
    ],
)  # fmt: skip
def test_amounts_are_written_out_and_read_back(amount, words):
    assert in_words(Decimal(amount)) == words
    assert from_words(words) == Decimal(amount)


@pytest.mark.parametrize("amount", ["-0.01", "-1", "0.001", "1e16"])
def test_what_has_no_words_is_refused(amount):
    with pytest.raises(NotAnAmount):
        in_words(Decimal(amount))


@pytest.mark.parametrize(
    ("words", "amount"),
    [
        ("人民币陆拾玖万捌仟贰佰玖拾贰元整", "698292"),
        ("人民币 陆拾玖万 捌仟贰佰玖拾贰\u3000元整", "698292"),
        ("陆拾玖万捌仟贰佰玖拾贰圆正", "698292"),
        ("陆拾玖万捌仟贰佰玖拾贰元", "698292"),
        ("壹仟肆佰零玖元伍角整", "1409.50"),
        ("壹拾万柒仟元零伍角叁分", "107000.53"),
        ("壹拾万零柒仟元整", "107000"),
        ("贰拾万零叁仟元零伍角整", "203000.50"),
        ("壹拾亿零贰仟万元整", "1020000000"),
        ("壹拾亿零贰仟零叁万元整", "1020030000"),
        ("壹拾兆零贰仟亿元整", "10200000000000"),
        ("壹亿零壹仟元零伍角整", "100001000.50"),
    ],
)
def test_what_people_also_write_is_read(words, amount):
    assert from_words(words) == Decimal(amount)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "人民币",
        "元整",
        "698292元",
        "六十九万元整",
        "陆拾玖万捌仟贰佰玖拾贰",  # no 元
        "壹仟壹元整",  # the 零 between is missing
        "壹零拾元整",
        "壹亿壹仟元整",  # or a 万 is
        "壹兆壹仟万元整",
        "壹兆壹仟元整",
        "拾元整",
        "壹佰贰仟元整",  # out of order
        "壹元壹元整",
        "伍分叁角",
        "壹元零角整",
        "美元壹佰元整",
        "壹佰元整整",
        "玖仟玖佰玖拾玖兆" * 9 + "元整",
    ],
)
def test_what_is_not_an_amount_written_out_is_refused(words):
    with pytest.raises(NotAnAmount):
        from_words(words)


@given(AMOUNTS)
def test_every_amount_survives_being_written_out(amount):
    words = in_words(amount)

    assert from_words(words) == amount
    assert from_words(f"人民币 {words}") == amount


@given(AMOUNTS)
def test_words_never_hold_two_zeros_in_a_row(amount):
    assert "零零" not in in_words(amount)


@given(st.text(alphabet="零壹贰玖拾佰仟万亿兆元角分整", max_size=12))
def test_words_are_either_refused_or_mean_what_they_say(words):
    try:
        amount = from_words(words)
    except NotAnAmount:
        return

    assert from_words(in_words(amount)) == amount
    assert in_words(amount).replace("零", "").strip("整") == (
        words.replace("零", "").strip("整")
    )
