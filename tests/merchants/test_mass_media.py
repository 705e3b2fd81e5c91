"""Mass media as a strategy: the mix is kept, the minimum is met, the budget is not exceeded."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.merchants.mass_media import MassMedia, split
from sim.merchants.strategy import Decision, problems_of
from sim.merchants.trial import sample_observations
from sim.merchants.views import MediumView
from sim.scenario.outreach import MassMedia as Settings

SEEN = replace(
    sample_observations()[1],
    media=(
        MediumView("tv", 0.7, 8_000, 50_000),
        MediumView("radio", 0.3, 2_700, 1_000),
        MediumView("street", 0.6, 900, 1_000),
    ),
)
RNG = np.random.default_rng(0)
names = st.sampled_from("abcdef")


def booked(**settings: object) -> dict[str, int]:
    decision = MassMedia(Settings.model_validate(settings)).decide(SEEN, RNG)
    assert problems_of(decision, SEEN) == []
    return dict(decision.media)


@given(
    budget=st.integers(0, 10**7),
    shares=st.dictionaries(names, st.floats(0, 1), max_size=6),
    least=st.fixed_dictionaries({name: st.integers(0, 10**6) for name in "abcdef"}),
)
def test_a_split_keeps_to_budget_minimum_and_proportions(
    budget: int, shares: dict[str, float], least: dict[str, int]
) -> None:
    parts = split(budget, shares, least)
    assert sum(parts.values()) <= budget
    assert all(parts[name] >= max(1, least[name]) for name in parts)
    total = sum(shares[name] for name in parts)
    for name, amount in parts.items():
        assert abs(amount - budget * shares[name] / total) <= 1 + 1e-9 * budget


def test_a_mix_is_booked_as_written_and_all_alike_without_one() -> None:
    assert booked(daily_budget=1_000, mix={"radio": 3, "street": 1}) == {
        "radio": 75_000,
        "street": 25_000,
    }
    assert booked(daily_budget=1_500) == dict.fromkeys(("tv", "radio", "street"), 50_000)


def test_money_that_is_too_little_for_television_goes_to_the_others() -> None:
    assert booked(daily_budget=1_000) == {"radio": 50_000, "street": 50_000}
    assert booked(daily_budget=5, mix={"tv": 1}) == {}


def test_a_medium_that_does_not_exist_is_told() -> None:
    for media, said in (
        ({"streat": 1}, "did you mean 'street'"),
        ({"tv": -1}, "allowed are whole"),
    ):
        (problem,) = problems_of(Decision(media=media), SEEN)
        assert said in problem
