"""Amounts in words: the unit that a reader expects, from the metric's name alone."""

from __future__ import annotations

import pytest

from sim.study.compare.scales import scale_of


@pytest.mark.parametrize(
    ("metric", "currency", "value", "shown", "gap"),
    [
        ("return_on_capital", "CNY", 0.1234, "12.3 %", "12.3 points"),
        ("camps.shop.gross_cac", "CNY", 18_345, "183 yuan", "183 yuan"),
        ("gross_cac", "JPY", 18_345, "18,345 yen", "18,345 yen"),
        ("profit_per_merchant.mean", "EUR", -1_234_56, "−1,235 euros", "−1,235 euros"),
        ("new_customers", "CNY", 412, "412 new customers", "412 new customers"),
        ("payback_days", "CNY", 33.2, "33.2 days", "33.2 days"),
        ("something", "CNY", 2.5, "2.5", "2.5"),
        ("gross_cac", "CNY", float("nan"), "–", "–"),
    ],
)
def test_scales(metric: str, currency: str, value: float, shown: str, gap: str) -> None:
    scale = scale_of(metric, currency)
    assert scale.show(value).replace("\N{NO-BREAK SPACE}", " ") == shown
    assert scale.show_gap(value).replace("\N{NO-BREAK SPACE}", " ") == gap
