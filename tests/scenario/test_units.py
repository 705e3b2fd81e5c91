from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.scenario.units import format_money, parse_days, parse_money, parse_rate


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("129 CNY", 12_900),
        ("129", 12_900),
        (129, 12_900),
        (129.5, 12_950),
        ("0.30 CNY", 30),
        (".3", 30),
        ("1,299.50 CNY", 129_950),
        ("3_000 CNY", 300_000),
        ("1e3 CNY", 100_000),
        ("-5 CNY", -500),
        ("  7   CNY ", 700),
        ("1.2300", 123),
    ],
)
def test_money(text: object, amount: int) -> None:
    assert parse_money(text, "CNY") == amount


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 5), ("KWD", 5000), ("EUR", 500)])
def test_money_of_other_currencies(currency: str, amount: int) -> None:
    assert parse_money(f"5 {currency}", currency) == amount
    assert parse_money(format_money(amount, currency), currency) == amount


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "CNY",
            "5 EUR",
            "1.234",
            "1,5",
            "12,34",
            "1__0",
            "1_",
            "5CNY",
            "٣",
            "0x5",
            "5 CNY\n x",
        ),
        *("1e99", "1e999", "1e9999999999", "inf", "nan", float("inf"), float("nan"), 10**400),
        *(True, None, []),
    ],
)
def test_not_money(text: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_money(text, "CNY")


@given(st.integers(-(10**15), 10**15), st.sampled_from(["CNY", "JPY", "KWD"]))
def test_money_is_exact(amount: int, currency: str) -> None:
    assert parse_money(format_money(amount, currency), currency) == amount


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_money_written_as_a_bare_number_is_exact(amount: Decimal) -> None:
    assert parse_money(float(amount), "CNY") == int(amount * 100)


def test_rates() -> None:
    assert [parse_rate(text) for text in ("5%", "5 %", 0.05, "0.05", "7.5%")] == [
        0.05, 0.05, 0.05, 0.05, 0.075,
    ]  # fmt: skip


def test_days() -> None:
    written = (7, "7", "7d", "7 d", "36h", "2w", "1mo", "1y", "72h")
    assert [parse_days(text) for text in written] == [7, 7, 7, 7, 1.5, 14, 30, 365, 3]


@pytest.mark.parametrize("text", ["", "d", "five", "5 s", "12:30", True, None])
def test_not_days(text: object) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_days(text)


@pytest.mark.parametrize("text", ["", "%", "five %", True, None, "5%%"])
def test_not_rates(text: object) -> None:
    with pytest.raises(ValueError, match="not a share"):
        parse_rate(text)
