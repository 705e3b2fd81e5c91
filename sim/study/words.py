"""Numbers as a reader wants them: rounded to what can be told apart, thousands separated."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sim.scenario.units import MINOR_DIGITS

NONE = "–"
"""What is printed where a measure does not exist."""

HELD = "\N{NO-BREAK SPACE}"
"""A space at which no line ends."""

NAMED = 3
"""Up to so many camps are named in a sentence; of more, the ends or the best."""

_SPOKEN = {"CNY": "yuan", "EUR": "euros", "USD": "dollars", "JPY": "yen"}
_COUNTED = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def spoken(currency: str) -> str:
    """Return a currency as it is said (``yuan``), or its code if we do not know."""
    return _SPOKEN.get(currency, currency)


def scale(currency: str) -> int:
    """Return how many smallest units make one main unit (100 fen are one yuan)."""
    return int(10 ** MINOR_DIGITS.get(currency, 2))


def absent(value: Any) -> bool:
    """Whether a measure does not exist."""
    return value is None or (isinstance(value, float) and not math.isfinite(value))


def number(value: Any, digits: int = 0) -> str:
    """Return ``-1234.5`` as ``−1,234`` (or with ``digits`` decimals), with a true minus sign."""
    if absent(value):
        return NONE
    text = f"{float(value):,.{digits}f}"
    return text.lstrip("-") if float(text.replace(",", "")) == 0 else text.replace("-", "−")


def share(value: Any) -> str:
    """Return ``0.0532`` as ``5.3 %``; small shares keep two digits that mean something."""
    if absent(value):
        return NONE
    percent = 100 * float(value)
    size = abs(percent)
    digits = 0 if size >= 10 or size == 0 else 1 if size >= 1 else 2
    return f"{number(percent, digits)} %"


def amount(value: Any, currency: str) -> str:
    """Return smallest units as main units without the currency: ``18345`` as ``183``."""
    if absent(value):
        return NONE
    main = float(value) / scale(currency)
    if abs(main) >= 1e6:
        return f"{number(main / 1e6, 2)} million"
    return number(main, 0 if abs(main) >= 100 or main == int(main) else 2)


def money(value: Any, currency: str) -> str:
    """Return smallest units in words: ``18345`` as ``183 yuan``."""
    return NONE if absent(value) else f"{amount(value, currency)} {spoken(currency)}"


def count(value: int, thing: str) -> str:
    """Return ``1`` and ``merchant`` as ``1 merchant``, ``2`` as ``2 merchants``."""
    ending = "" if value == 1 else "s"
    return f"{number(value)} {thing}{ending}"


def counted(value: int) -> str:
    """Return small counts as words: ``3`` as ``three``."""
    return _COUNTED[value] if 0 <= value < len(_COUNTED) else number(value)


def across(values: Mapping[str, float], show: Callable[[float], str]) -> str:
    """Return ``buyer 12 and grower 31``, or of many ``between 12 (buyer) and 31 (grower)``."""
    if len(values) <= NAMED:
        return listed([f"{name} {show(value)}" for name, value in values.items()])
    low, high = (pick(values, key=lambda name: values[name]) for pick in (min, max))
    return f"between {show(values[low])} ({low}) and {show(values[high])} ({high})"


def opened(text: str) -> str:
    """Return text that begins a line: ``yuan`` as ``Yuan``."""
    return text[:1].upper() + text[1:]


def change(first: str, last: str) -> str:
    """Return ``first → last``, kept on one line."""
    return f"{first} → {last}".replace(" ", HELD)


def listed(parts: Sequence[str]) -> str:
    """Return ``a, b and c``."""
    parts = list(parts)
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)


def in_unit(unit: str, currency: str) -> tuple[float, str]:
    """Return what to multiply values of a column's unit by, and the unit a reader then sees.

    Money is shown in main units, shares and ratios in percent.
    """
    if unit.startswith("money"):
        return 1 / scale(currency), unit.replace("money", currency)
    if unit in ("0..1", "share", "ratio"):
        return 100.0, "%"
    return 1.0, unit


def rounded(value: float, step: float) -> str:
    """Return a value with as many decimals as tell ``step`` apart: 0.4237 by 0.01 as ``0.42``."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    return number(value, min(digits, 9))
