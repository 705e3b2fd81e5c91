"""Whether brands belong to tribes: how unevenly adoption is spread over them.

* Of the market, Theil's information index of favourite merchants (Theil & Finizza 1971):

      H = 1 - sum_t n_t E_t / (n E),     E = - sum_m p_m log p_m

  with n_t people of tribe t who have a favourite and E_t the entropy of theirs. 1: every tribe has
  one brand; 0: all tribes choose alike.
* Of a merchant, the dissimilarity of its buyers and all others (Duncan & Duncan 1955):

      D = 1/2 sum_t |b_t / b - (n_t - b_t) / (n - b)|

  the share of its buyers who would have to be of another tribe for all tribes to like it alike.

Both are above 0 by chance where buyers are few: what counts is how they move, and how they differ
between merchants of equal size.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel, whole
from sim.world.relations import BOUGHT, Relations


@kernel
def favourite(relations: Relations, i: int) -> int:
    """Return a person's favourite merchant: of those bought from, the one of most goodwill; -1
    for who has not bought."""
    best, most = -1, -1.0
    for k in range(relations.merchant.shape[1]):
        if relations.merchant[i, k] >= 0 and relations.flags[i, k] & BOUGHT:
            if relations.goodwill[i, k] > most:
                most, best = relations.goodwill[i, k], whole(relations.merchant[i, k])
    return best


@kernel
def count_adopters(
    relations: Relations, tribe: np.ndarray, step: int, loved: np.ndarray, bought: np.ndarray
) -> None:
    """Count, among every ``step``-th person, favourites and buyers: int64[T, M] each."""
    for i in range(0, len(tribe), step):
        best = favourite(relations, i)
        if best < 0:
            continue
        loved[tribe[i], best] += 1
        for k in range(relations.merchant.shape[1]):
            m = whole(relations.merchant[i, k])
            if m >= 0 and relations.flags[i, k] & BOUGHT:
                bought[tribe[i], m] += 1


def theil(count: np.ndarray) -> float:
    """Return Theil's H of int64[T, M] people by tribe and choice; 0 if all choose the same."""
    size = count.sum(axis=1)
    whole_entropy = _entropy(count.sum(axis=0))
    if whole_entropy == 0.0:
        return 0.0
    inside = sum(n * _entropy(row) for n, row in zip(size, count, strict=True)) / size.sum()
    return float(1.0 - inside / whole_entropy)


def _entropy(count: np.ndarray) -> float:
    if not count.any():
        return 0.0
    share = count[count > 0] / count.sum()
    return float(-(share * np.log(share)).sum())


def dissimilarity(bought: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return float64[M], the dissimilarity over tribes of buyers int64[T, M] among ``people``
    int64[T]; 0 where nobody bought or everybody did."""
    buyers = bought.sum(axis=0)
    others = people[:, None] - bought
    rest = others.sum(axis=0)
    known = (buyers > 0) & (rest > 0)
    mine = bought / np.maximum(buyers, 1)
    theirs = others / np.maximum(rest, 1)
    return np.where(known, 0.5 * np.abs(mine - theirs).sum(axis=0), 0.0)
