"""Visits move between platforms: people go where there is more to find, and cheaper.

A platform of mean visits b, on which n merchants sell at a mean price r of the reference, draws in
proportion to

    b x (1 + n)^variety x r^-price

and each day ``drift`` of the gap to its share closes. All visits together stay as many as they
were: one platform's visitor is another's loss. All people move alike, those who come often and
those who come seldom. With ``variety`` above 1 the largest platform draws more than its share of
merchants (the share of a stable market then hangs on where it began); with merchants who follow
the visitors (``listing.review``) this is how platforms tip (Rochet & Tirole 2003).
"""

from __future__ import annotations

import numpy as np

from sim.scenario.markets import Visits
from sim.world.world import World


def shares_drawn(
    base: np.ndarray, merchants: np.ndarray, log_price: np.ndarray, law: Visits
) -> np.ndarray:
    """Return float64[P]: the share of all visits that each platform draws.

    ``base`` float64[P]: visits by itself, 0 for who is not open; ``merchants`` int64[P] sell there
    at a mean log(price / reference) of ``log_price`` float64[P].
    """
    pull = base * (1.0 + merchants) ** law.variety * np.exp(-law.price * log_price)
    return np.asarray(pull / pull.sum())


def move_visits(world: World) -> None:
    """Move visits one day on; without ``drift`` nothing moves."""
    law, specs = world.scenario.visits, world.scenario.platforms
    if law.drift == 0.0 or not world.platforms:
        return
    base = np.array([specs[name].visits_per_day.mean for name in world.platforms])
    base[~world.opened | (world.drawn_visits <= 0.0)] = 0.0
    now = world.visit_scale * world.drawn_visits
    if base.sum() <= 0.0 or now.sum() <= 0.0:
        return
    there = world.offers.listed & world.offers.is_open
    merchants = there.sum(axis=1)
    log_price = (there @ world.offers.log_price.astype(np.float64)) / np.maximum(merchants, 1)
    wanted = now.sum() * shares_drawn(base, merchants, log_price, law)
    moved = now + law.drift * (wanted - now)
    drawn = world.drawn_visits > 0.0
    world.visit_scale[drawn] = moved[drawn] / world.drawn_visits[drawn]
