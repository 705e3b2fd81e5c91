"""Trying a strategy, a user's own above all, on situations it must cope with."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.merchants.strategy import Observation, Strategy, problems_of
from sim.merchants.views import PlatformView, Rank


def sample_observations(segments: int = 4) -> list[Observation]:
    """Return situations a strategy must cope with: rich, broke, no platform, no customers."""

    def see(day: int, cash: int, period: int, busy: int, names: tuple[str, ...]) -> Observation:
        views = tuple(
            PlatformView(
                name, 1000 * busy, 40 * busy, 6000 * busy, busy, 5, 30, 0.05, billing, busy
            )
            for name, billing in zip(names, ("click", "order"), strict=False)
        )
        return Observation(
            day=day,
            days=365,
            name="trial.1",
            tribe=0,
            segments=segments,
            cash=cash,
            credit=0,
            stock=100,
            price=12_900,
            unit_cost=6_000,
            period=period,
            orders=2 * busy,
            orders_paid=busy,
            orders_owned=busy,
            new_customers=busy,
            new_paid=busy,
            repeat_orders=busy,
            refunds=0,
            revenue=25_800 * busy,
            spend_ads=6000 * busy,
            spend_community=0,
            followers=50 * busy,
            members=20 * busy,
            muted=busy,
            groups=busy,
            activity=0.5,
            integration=0.3,
            active_customers=10 * busy,
            spend_rewards=0,
            team_discount=500 * busy,
            platforms=views,
            orders_community=busy,
            recent_orders=9 * busy,
            ranking=(Rank("rival.1", "rival", 40), Rank("trial.1", "trial", 9 * busy)),
        )

    return [
        see(0, 20_000_000, 0, 0, ("mall",)),
        see(30, 20_000_000, 7, 3, ("mall", "other")),
        see(30, 0, 7, 0, ("mall",)),
        see(364, 5_000, 7, 1, ()),
    ]


def check_strategy(strategy: type | Strategy, options: Any = None) -> list[str]:
    """Try a strategy on a few situations and return what is wrong with it, in words.

    Args:
        strategy: a class (built with ``options``, ``{}`` if left out) or an instance.
        options: what the class is built with.

    Returns:
        Problems; an empty list if it decides what is allowed, and the same for the same
        observation and random numbers.
    """

    def build() -> Strategy:
        made: Strategy = strategy({} if options is None else options)  # type: ignore[operator]
        return made

    found: list[str] = []
    for number, observation in enumerate(sample_observations()):
        decisions = []
        problems: list[str] = []
        for _ in range(2 if isinstance(strategy, type) else 1):
            try:
                one = build() if isinstance(strategy, type) else strategy
                decisions.append(one.decide(observation, np.random.default_rng(number)))
                problems = problems_of(decisions[0], observation)
            except Exception as error:
                found.append(f"situation {number}: {type(error).__name__}: {error}")
                break
        else:
            found += [f"situation {number}: {p}" for p in problems]
            if decisions[0] != decisions[-1]:
                found.append(
                    f"situation {number}: two equal strategies decide differently; draw"
                    " randomness from rng only"
                )
    return found
