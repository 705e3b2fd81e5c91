"""Outcomes: pairs read either way, corrections over all that is looked at."""

from __future__ import annotations

import numpy as np

from sim.study.compare.outcomes import Outcomes, Pair
from sim.study.compare.paired import paired


def fabricated(seeds: int = 8) -> Outcomes:
    rng = np.random.default_rng(4)
    luck = rng.normal(size=(2, 1, seeds))
    shift = np.array([[0.0, 3, 0.1], [0, 0, 0]])[:, :, None]
    return Outcomes(
        ("a", "b", "c"),
        ("as it is", "dear"),
        tuple(range(seeds)),
        {"profit": luck + shift + 0.2 * rng.normal(size=(2, 3, seeds))},
    )


def test_pairs_are_all_pairs_in_all_variants() -> None:
    found = fabricated().pairs("profit")
    assert len(found) == 2 * 3
    raw = [
        paired(
            fabricated().of("profit", p.variant, p.a), fabricated().of("profit", p.variant, p.b)
        ).p
        for p in found
    ]
    smallest = int(np.argmin(raw))
    assert list(found.values())[smallest].adjusted == 6 * raw[smallest]


def test_a_pair_reads_either_way() -> None:
    outcomes = fabricated()
    forth, back = (
        outcomes.between("profit", "dear", "a", "c"),
        outcomes.between("profit", "dear", "c", "a"),
    )
    assert forth == outcomes.pairs("profit")[Pair("dear", "a", "c")]
    assert back == forth.turned()


def test_ranked_by_mean_with_the_unknown_last() -> None:
    outcomes = fabricated()
    assert outcomes.ranked("profit", "as it is")[0] == "b"
    outcomes.values["profit"][0, 1] = np.nan
    assert outcomes.ranked("profit", "as it is")[-1] == "b"


def test_one_variant_alone_is_corrected_alone() -> None:
    outcomes = fabricated().alone("dear")
    assert len(outcomes.pairs("profit")) == 3
