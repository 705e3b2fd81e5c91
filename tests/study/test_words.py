from __future__ import annotations

import math

import pytest

from sim.study import words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (math.nan, "–"),
        (0, "0"),
        (-0.0, "0"),
        (1234.4, "1,234"),
        (-1234.4, "−1,234"),
        (-0.2, "0"),
    ],
)
def test_numbers(value: float | None, text: str) -> None:
    assert words.number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0, "0 %"),
        (0.0532, "5.3 %"),
        (0.532, "53 %"),
        (0.00532, "0.53 %"),
        (-0.25, "−25 %"),
        (15.58, "1,558 %"),
    ],
)
def test_shares(value: float | None, text: str) -> None:
    assert words.share(value) == text


@pytest.mark.parametrize(
    ("fen", "currency", "text"),
    [
        (18_345, "CNY", "183 yuan"),
        (1_231, "CNY", "12.31 yuan"),
        (1_200, "CNY", "12 yuan"),
        (-250_000_000, "CNY", "−2.50 million yuan"),
        (183, "JPY", "183 yen"),
        (12_345, "BHD", "12.35 BHD"),
        (None, "CNY", "–"),
    ],
)
def test_money(fen: int | None, currency: str, text: str) -> None:
    assert words.money(fen, currency) == text


def test_lists_and_counts() -> None:
    assert words.listed([]) == ""
    assert words.listed(["a"]) == "a"
    assert words.listed(["a", "b", "c"]) == "a, b and c"
    assert words.count(1, "day") == "1 day"
    assert words.count(1_000, "day") == "1,000 days"
    assert words.counted(3) == "three"
    assert words.counted(12) == "12"
