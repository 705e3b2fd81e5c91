"""Named distributions for differences between people: ``{lognormal: {mean: 1, cv: 0.4}}``.

A bare number means that everybody is the same. Sampling lives in ``sim.world.consumers``.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema

from sim.scenario.units import Record, Written, WrongPart, setting

OWN_UNIT = "unit of the quantity"


class Uniform(Record):
    """Every value between ``min`` and ``max`` is equally likely."""

    min: float = setting(..., OWN_UNIT, "Smallest value.", "the author")
    max: float = setting(..., OWN_UNIT, "Largest value.", "the author")

    @model_validator(mode="after")
    def _ordered(self) -> Uniform:
        if self.max < self.min:
            raise WrongPart("max", f"{self.max:g} is below min {self.min:g}")
        return self


class Lognormal(Record):
    """Positive and skewed; given by its mean and coefficient of variation."""

    mean: float = setting(..., OWN_UNIT, "Mean.", "the author", gt=0)
    cv: float = setting(..., "ratio", "Standard deviation over mean.", "the author", ge=0, le=10)


class Gamma(Record):
    """Positive; a Gamma over people and Poisson in time gives NBD counts (Ehrenberg 1959)."""

    mean: float = setting(..., OWN_UNIT, "Mean.", "the author", gt=0)
    shape: float = setting(
        ..., "number", "Shape r; small means very unequal.", "the author", gt=0, le=1000
    )


class Normal(Record):
    """The bell curve."""

    mean: float = setting(..., OWN_UNIT, "Mean.", "the author")
    sd: float = setting(..., OWN_UNIT, "Standard deviation.", "the author", ge=0)


class Beta(Record):
    """A share between 0 and 1."""

    mean: float = setting(..., "0..1", "Mean share.", "the author", gt=0, lt=1)
    concentration: float = setting(
        ..., "number", "a + b; large means all alike.", "the author", gt=0, le=1e6
    )


class Distribution(Record):
    """Exactly one of the named shapes, or a bare number."""

    constant: float | None = setting(None, OWN_UNIT, "The same value for all.", "the author")
    uniform: Uniform | None = setting(None, "record", "Uniform distribution.", "the author")
    normal: Normal | None = setting(None, "record", "Normal distribution.", "the author")
    lognormal: Lognormal | None = setting(None, "record", "Log-normal distribution.", "the author")
    gamma: Gamma | None = setting(None, "record", "Gamma distribution.", "the author")
    beta: Beta | None = setting(None, "record", "Beta distribution.", "the author")

    @model_validator(mode="before")
    @classmethod
    def _bare_number(cls, value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return {"constant": value}
        return value

    @model_validator(mode="after")
    def _exactly_one(self) -> Distribution:
        given = [name for name in type(self).model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            names = ", ".join(type(self).model_fields)
            got = " and ".join(given) if given else "nothing"
            raise ValueError(f"needs exactly one of {names} (or a bare number), got {got}")
        return self

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Tell editors about the bare number as well."""
        written = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"type": "number"}, dict(written)]}

    @property
    def mean(self) -> float:
        """Mean of the distribution [unit of the quantity]."""
        if self.constant is not None:
            return self.constant
        if self.uniform is not None:
            return (self.uniform.min + self.uniform.max) / 2
        for shape in (self.normal, self.lognormal, self.gamma, self.beta):
            if shape is not None:
                return shape.mean
        raise AssertionError("a validated distribution has a shape")


def _least(shape: Distribution) -> float:
    """Return the least value that is asked for: of a normal one the mean (its tail is cut off)."""
    return shape.uniform.min if shape.uniform is not None else shape.mean


def _most(shape: Distribution) -> float:
    return shape.uniform.max if shape.uniform is not None else shape.mean


def _positive(shape: Distribution) -> Distribution:
    if _least(shape) <= 0:
        raise ValueError(f"must be above 0 for everybody, got {_least(shape):g}")
    return shape


def _positive_or_zero(shape: Distribution) -> Distribution:
    if _least(shape) < 0:
        raise ValueError(f"must not be negative for anybody, got {_least(shape):g}")
    return shape


def _share(shape: Distribution) -> Distribution:
    if _least(shape) < 0 or _most(shape) > 1:
        wrong = _least(shape) if _least(shape) < 0 else _most(shape)
        raise ValueError(f"must be between 0 and 1 for everybody, got {wrong:g}")
    return shape


_WORDS = Written("a number for all, or one of constant, uniform, normal, lognormal, gamma, beta")
Positive = Annotated[Distribution, AfterValidator(_positive), _WORDS]
PositiveOrZero = Annotated[Distribution, AfterValidator(_positive_or_zero), _WORDS]
Share = Annotated[Distribution, AfterValidator(_share), _WORDS]
