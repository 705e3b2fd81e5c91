"""How a metric is read: its title, its unit, and its amounts in words and on axes."""

from __future__ import annotations

from dataclasses import dataclass

from sim.study import words
from sim.study.formulas import MEASURES

_COUNTS = {
    "orders": "orders",
    "new_customers": "new customers",
    "followers": "followers",
    "members": "members",
    "alive": "merchants in business",
    "merchants": "merchants",
}
_MONEY = {
    "profit": "Profit",
    "profit_per_merchant": "Profit per merchant",
    "revenue": "Revenue",
    "gross_margin": "Gross margin",
    "cash": "Cash at the end",
    "gmv": "Gross merchandise value",
    "price_per_click": "Price per click",
}
_NAMED = {
    "gross_cac": "Cost of a new customer (gross CAC)",
    "customer_value": "Customer value (LTV so far)",
}


@dataclass(frozen=True)
class Scale:
    """How a metric is shown.

    title: what it is. unit: of its axis. factor: from the metric's own unit to the axis's.
    word: what follows an amount; gap: what follows a difference of amounts.
    """

    title: str
    unit: str
    factor: float
    word: str
    gap: str

    @property
    def axis(self) -> str:
        """Title and unit as printed above a frame."""
        return f"{self.title}, {self.unit}" if self.unit else self.title

    def show(self, value: float) -> str:
        """Return an amount in words: ``12 %``, ``183 yuan``."""
        return self._with(value, self.word)

    def show_gap(self, value: float) -> str:
        """Return a difference in words: ``12 points``, ``183 yuan``."""
        return self._with(value, self.gap)

    def number(self, value: float) -> str:
        """Return an amount in the axis's unit, without it."""
        return words.number(value * self.factor, self._digits(value))

    def _with(self, value: float, word: str) -> str:
        text = self.number(value)
        return text if text == words.NONE or not word else f"{text}{words.HELD}{word}"

    def _digits(self, value: float) -> int:
        size = abs(value * self.factor)
        if size >= 100 or size == 0 or (self.word in _COUNTS.values() and size >= 10):
            return 0
        return 1 if size >= 1 else 2


def scale_of(metric: str, currency: str) -> Scale:
    """Return how a metric of a summary is read, by the last part of its name that is known."""
    coin = words.spoken(currency)
    cents = 1 / words.scale(currency)
    for part in reversed(metric.split(".")):
        if part in _MONEY:
            return Scale(_MONEY[part], coin, cents, coin, coin)
        if part in _COUNTS:
            name = _COUNTS[part]
            return Scale(words.opened(name), "number", 1.0, name, name)
        if part in MEASURES:
            measure = MEASURES[part]
            title = _NAMED.get(part, measure.title)
            if measure.unit == "share":
                return Scale(title, "%", 100.0, "%", "points")
            if measure.unit.startswith("money"):
                per = measure.unit.removeprefix("money").strip()
                return Scale(title, f"{coin} {per}".strip(), cents, coin, coin)
            return Scale(title, measure.unit, 1.0, measure.unit, measure.unit)
    return Scale(metric, "", 1.0, "", "")
