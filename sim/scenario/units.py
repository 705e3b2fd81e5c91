"""Numbers as people write them: ``129 CNY``, ``5%``, ``7d``; and the record all others extend.

* ``Money``: int, smallest unit (fen, cent). Text is ``<number> <currency>``; a bare number is in
  the currency's main unit. More digits than the smallest unit are an error, not rounded.
* ``Rate``: float, a share in [0, 1]. Text may end in ``%``.
* ``Days``: float, days. Text may end in ``h``, ``d``, ``w``, ``mo`` (30 days) or ``y`` (365 days).
* ``WholeDays``: int, days; written like ``Days``.
* ``Whole``: int; ``1e6`` is understood, ``1.5``, ``true`` and quoted numbers are not.

The scenario's currency reaches the validators through pydantic's context (``currency``).
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializationInfo,
    ValidationInfo,
    WithJsonSchema,
)

# ISO 4217 minor-unit digits of the currencies that do not have two.
MINOR_DIGITS = {"JPY": 0, "KRW": 0, "VND": 0, "IDR": 0, "BHD": 3, "KWD": 3}
# Commas only between groups of three: "1,5" must not quietly become 15.
_NUMBER = re.compile(
    r"[+-]?(?=\.?\d)(\d{1,3}(,\d{3})+|\d+(_\d+)*)?(\.\d+)?([eE][+-]?\d{1,3})?", re.ASCII
)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "mo": 30 * 24, "y": 365 * 24}
_DURATION = re.compile(r"(.*?)\s*(h|d|w|mo|y)?", re.DOTALL)
_LARGEST_INT = 2**63 - 1
_LARGEST_AMOUNT = 10**15


class Record(BaseModel):
    """A frozen record that refuses unknown keys, NaN, infinities, and text where a number belongs.

    ``strict``: pydantic would otherwise read ``no`` as false, ``true`` as 1 and ``"5"`` as 5.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, strict=True)


class WrongPart(ValueError):
    """Parts that do not go together; ``part`` names the one to look at."""

    def __init__(self, part: str, problem: str) -> None:
        self.part = part
        super().__init__(problem)


class Written(NamedTuple):
    """How a value is written, in words; for messages and for the reference table."""

    words: str


def setting(
    default: Any, unit: str, meaning: str, source: str = "assumption", **limits: Any
) -> Any:
    """Declare a field: its default (``...`` if required), unit, meaning, and the default's source.

    Raises:
        TypeError: from pydantic, at import, if a limit does not fit the type.
    """
    text = f"{meaning} [{unit}] Source: {source}."
    return Field(
        default, description=text, json_schema_extra={"unit": unit, "source": source}, **limits
    )


def currency_of(info: ValidationInfo | SerializationInfo) -> str:
    """Return the scenario's currency from pydantic's context (``CNY`` if there is none)."""
    context = info.context
    return str(context.get("currency", "CNY")) if isinstance(context, dict) else "CNY"


def _text(value: Any, what: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{value!r} is not {what}")
    if isinstance(value, int) and abs(value) > _LARGEST_INT:
        raise ValueError("the number is too large")
    return str(value).strip()


def _decimal(text: str, shown: str, what: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{shown!r} is not {what}")
    return Decimal(text.replace("_", "").replace(",", ""))


def parse_money(value: Any, currency: str) -> int:
    """Turn ``"129 CNY"`` or ``129`` into whole smallest units of ``currency``.

    An empty ``currency`` accepts amounts in any (the scenario's own is wrong and already told).

    Raises:
        ValueError: in plain words, if it is not an amount in that currency.
    """
    what = f"an amount of money, write for example '129 {currency or 'CNY'}'"
    text = _text(value, what)
    number, _, unit = text.partition(" ")
    unit = unit.strip()
    amount = _decimal(number, text, what)
    if unit and currency and unit != currency:
        raise ValueError(f"{text!r} is not in the scenario's currency {currency}")
    scaled = amount.scaleb(MINOR_DIGITS.get(currency, 2))
    if abs(scaled) > _LARGEST_AMOUNT:
        raise ValueError(f"{text!r} is too large, at most 10 million million {currency}".rstrip())
    if scaled != scaled.to_integral_value():
        raise ValueError(f"{text!r} is finer than the smallest unit of {currency}".rstrip())
    return int(scaled)


def format_money(amount: int, currency: str) -> str:
    """Return ``"129.00 CNY"`` for 12900."""
    digits = MINOR_DIGITS.get(currency, 2)
    return f"{Decimal(int(amount)).scaleb(-digits):.{digits}f} {currency}"


def parse_rate(value: Any) -> float:
    """Turn ``"5%"`` or ``0.05`` into 0.05; the range is checked by the field.

    Raises:
        ValueError: in plain words, if it is neither.
    """
    what = "a share, write for example 5% or 0.05"
    text = _text(value, what)
    if text.endswith("%"):
        return float(_decimal(text[:-1].strip(), text, what) / 100)
    return float(_decimal(text, text, what))


def parse_days(value: Any) -> float:
    """Turn ``"2w"`` or ``14`` into 14.0 days.

    Raises:
        ValueError: in plain words, if it is not a duration.
    """
    what = "a duration, write for example 7d, 2w or 7"
    text = _text(value, what)
    match = _DURATION.fullmatch(text)
    number, unit = (match[1], match[2] or "d") if match else (text, "d")
    return float(_decimal(number, text, what) * _HOURS[unit] / 24)


def _whole_days(value: Any) -> int:
    days = parse_days(value)
    if not days.is_integer():
        raise ValueError(f"{str(value)!r} is not a whole number of days")
    return int(days)


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer() and abs(value) <= _LARGEST_INT:
        return int(value)  # 1e6 is how people write a million
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) > _LARGEST_INT:
        raise ValueError("the number is too large")
    return value


def _money(value: Any, info: ValidationInfo) -> int:
    return parse_money(value, currency_of(info))


def _show_money(amount: int, info: SerializationInfo) -> str:
    return format_money(amount, currency_of(info))


_TEXT_OR_NUMBER: dict[str, Any] = {"type": ["string", "number"]}
_DIGITS = r"^[+-]?[\d_,]*(\.\d+)?([eE][+-]?\d+)?"

Money = Annotated[
    int,
    BeforeValidator(_money),
    PlainSerializer(_show_money, when_used="json"),
    WithJsonSchema({**_TEXT_OR_NUMBER, "pattern": _DIGITS + r"( +[A-Z]{3})?$"}),
    Written("an amount of money such as 129 CNY"),
]
Rate = Annotated[
    float,
    BeforeValidator(parse_rate),
    WithJsonSchema({**_TEXT_OR_NUMBER, "pattern": _DIGITS + r" *%?$"}),
    Written("a share such as 5% or 0.05"),
]
_DAYS_SCHEMA = WithJsonSchema({**_TEXT_OR_NUMBER, "pattern": _DIGITS + r" *(h|d|w|mo|y)?$"})
Days = Annotated[
    float,
    BeforeValidator(parse_days),
    _DAYS_SCHEMA,
    Written("a duration in days such as 7, 36h or 2w"),
]
WholeDays = Annotated[
    int,
    BeforeValidator(_whole_days),
    _DAYS_SCHEMA,
    Written("a whole number of days such as 7, 7d or 2w"),
]
Whole = Annotated[int, BeforeValidator(_whole), Written("a whole number")]
