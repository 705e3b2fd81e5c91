"""Presence of merchants in stores, and what they mean to spend on it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Shelves(NamedTuple):
    """By merchant: presence float64[M] in [0, 1]: share of stores that hold the product; listing,
    promotion int64[M] [money a day], as decided; facings float64[M]: shelf space today, in goods
    that every store holds; kept int64[1] [money]: cumulative margins of stores."""

    presence: np.ndarray
    listing: np.ndarray
    promotion: np.ndarray
    facings: np.ndarray
    kept: np.ndarray


def build_shelves(merchants: int) -> Shelves:
    """Return stores that hold nobody's goods."""
    return Shelves(
        np.zeros(merchants),
        np.zeros(merchants, np.int64),
        np.zeros(merchants, np.int64),
        np.zeros(merchants),
        np.zeros(1, np.int64),
    )
