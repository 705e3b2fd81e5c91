"""What merchants have heard from their fans: a fading sum of tastes, and its weight."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Heard(NamedTuple):
    """Structure of arrays over ``M`` merchants, ``D`` taste axes.

    told float64[M, D]: sum of tastes that fans told, faded; weight, squares float64[M]: sum of
    their weights and of squared weights, so that ``weight^2 / squares`` fans are as good as heard
    today; error float64[M]: distance from the estimate to the mean taste of all fans, measured
    weekly; moved float64[M]: how far the product has been moved [taste units].
    """

    told: np.ndarray
    weight: np.ndarray
    squares: np.ndarray
    error: np.ndarray
    moved: np.ndarray


def build_heard(merchants: int, axes: int) -> Heard:
    """Return merchants who have listened to nobody."""
    return Heard(
        told=np.zeros((merchants, axes)),
        weight=np.zeros(merchants),
        squares=np.zeros(merchants),
        error=np.zeros(merchants),
        moved=np.zeros(merchants),
    )


def as_good_as(heard: Heard) -> np.ndarray:
    """Return float64[M]: to how many fans at once the merchants have as good as listened."""
    return np.asarray(
        np.divide(
            heard.weight**2,
            heard.squares,
            out=np.zeros(len(heard.weight)),
            where=heard.squares > 0,
        )
    )
