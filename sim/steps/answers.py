"""What is answered to an invitation, and whether a buyer would rather buy in a team.

Both are logits over the same utility as in ``sim.steps.choice``. Of buying alone, buying in a team
and not buying, the team is chosen with

    P = 1 / (1 + exp(-(saving - waiting)) + exp(impulse - U - (saving - waiting)))

where ``saving = sensitivity x log(price / team price)``. Whether a buyer had chosen to buy alone or
not at all before the team came into view does not matter: the noise of the best of several options
is independent of which one it is (Gumbel), so all three are weighed as if at once.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import kernel, whole
from sim.rng import Stream, block, uniform
from sim.steps.choice import Chosen, friends_who_bought, utility
from sim.steps.day import Day
from sim.world.consumers import Consumers
from sim.world.graph.csr import Graph
from sim.world.laws import ChoiceLaw
from sim.world.market import Offers, affinity
from sim.world.pairs import Pairs, look
from sim.world.relations import BOUGHT, Relations, find
from sim.world.teams import TeamOffers

TEAM_WISH = int(Stream.TEAM)
ALONE = -1  # nobody's team: the fifth column of a wish whose owner knows of none


@kernel
def appeal(
    i: int,
    m: int,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    graph: Graph,
    law: ChoiceLaw,
    fade: float,
    option: np.ndarray,
    share: np.ndarray,
) -> float:
    """Return the utility of buying from ``m`` for ``i`` without noise, fit and friends included.

    ``option`` int64[1] and ``share`` float64[1] are scratch.
    """
    goodwill = trust = 0.0
    bought = False
    k = find(relations, i, m)
    if k >= 0:
        goodwill = relations.goodwill[i, k] * fade
        trust = relations.trust[i, k]
        bought = relations.flags[i, k] & BOUGHT != 0
    value = utility(consumers, offers, law, i, m, goodwill, trust, bought)
    if offers.spirit[m] > 0.0:
        value += offers.spirit[m] * affinity(offers, consumers, i, m)
    if law.friends > 0.0:
        option[0] = m
        friends_who_bought(graph, relations, i, option, 1, share)
        value += law.friends * share[0]
    return value


@kernel
def answer(
    seed: np.uint64,
    stream: int,
    day: int,
    who: np.ndarray,
    merchant: np.ndarray,
    saving: np.ndarray,
    warmth: float,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    graph: Graph,
    law: ChoiceLaw,
    fade: float,
    option: np.ndarray,
    share: np.ndarray,
    yes: np.ndarray,
) -> None:
    """Write to ``yes`` bool[n] who buys when asked, at a price whose log is lower by ``saving``
    float64[n]; ``warmth`` is the utility of being asked."""
    for n in range(len(who)):
        i, m = who[n], merchant[n]
        yes[n] = False
        if offers.is_open[m]:
            value = appeal(i, m, consumers, relations, offers, graph, law, fade, option, share)
            value += warmth + consumers.price_sensitivity[i] * saving[n]
            word, _, _, _ = block(seed, stream, i, day, offers.luck[m])
            yes[n] = uniform(word) * (1.0 + np.exp(law.impulse - value)) < 1.0


@kernel
def prefer_teams(
    seed: np.uint64,
    day: int,
    who: np.ndarray,
    tempting: np.ndarray,
    platform: np.ndarray,
    chosen: Chosen,
    stores: int,
    waiting: float,
    teams: TeamOffers,
    seated: Pairs,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    graph: Graph,
    law: ChoiceLaw,
    fade: float,
    option: np.ndarray,
    share: np.ndarray,
    wishes: np.ndarray,
) -> int:
    """Turn choices into wishes for a team (int64[n, 5]: person, merchant, touch, platform, team);
    return how many. Who has a need has compared posted prices, and weighs the team against
    buying alone; who has a seat already waits. In stores, which are number ``stores``, nobody
    sells to teams."""
    count = 0
    for n in range(len(who)):
        if platform[n] == stores:
            continue
        need = tempting[n] < 0
        m = whole(chosen.merchant[n]) if need else whole(tempting[n])
        if m < 0 or teams.size[m, 0] == 0 or not offers.is_open[m]:
            continue
        i = who[n]
        if look(seated, i, m) >= 0:
            chosen.merchant[n] = -1
            continue
        saving = np.log(offers.price[m] / teams.price[m, 0])
        better = consumers.price_sensitivity[i] * saving - waiting
        against = 1.0 + np.exp(-better)
        if not need:
            value = appeal(i, m, consumers, relations, offers, graph, law, fade, option, share)
            against += np.exp(law.impulse - value - better)
        draw = whole(offers.luck[m]) ^ (whole(chosen.touch[n]) << 28)
        word, _, _, _ = block(seed, TEAM_WISH, i, day, draw)
        if uniform(word) * against < 1.0:
            wishes[count, 0], wishes[count, 1] = i, m
            wishes[count, 2], wishes[count, 3] = chosen.touch[n], platform[n]
            wishes[count, 4] = ALONE
            count += 1
            chosen.merchant[n] = -1
    return count


def answered(
    day: Day,
    stream: int,
    who: np.ndarray,
    merchant: np.ndarray,
    saving: np.ndarray,
    warmth: float,
) -> np.ndarray:
    """Return bool[n]: who of the asked buys (``answer``)."""
    world = day.world
    yes = np.zeros(len(who), np.bool_)
    answer(
        world.seed,
        stream,
        day.number,
        who.astype(np.int64),
        merchant.astype(np.int64),
        saving,
        float(warmth),
        world.consumers,
        world.relations,
        world.offers,
        world.graph,
        world.laws.choice,
        world.laws.memory.fade,
        np.zeros(1, np.int64),
        np.zeros(1),
        yes,
    )
    return yes


def turn_to_teams(
    day: Day, who: np.ndarray, tempting: np.ndarray, platform: np.ndarray, chosen: Chosen
) -> None:
    """Let those who would rather buy in a team wish for one (``day.wishes``)."""
    world = day.world
    if world.teams.idle:
        return
    wishes = np.empty((len(who), 5), np.int64)
    count = prefer_teams(
        world.seed,
        day.number,
        who,
        tempting,
        platform,
        chosen,
        len(world.platforms),
        float(world.scenario.inviting.waiting),
        world.teams.offers,
        world.teams.seated(0),
        world.consumers,
        world.relations,
        world.offers,
        world.graph,
        world.laws.choice,
        world.laws.memory.fade,
        np.zeros(1, np.int64),
        np.zeros(1),
        wishes,
    )
    day.wishes.append(wishes[:count])


def with_answers(
    day: Day, who: np.ndarray, tempting: np.ndarray, platform: np.ndarray, chosen: Chosen
) -> tuple[np.ndarray, np.ndarray, np.ndarray, Chosen]:
    """Return the occasions and choices, followed by those who said yes to an invitation."""
    if not day.accepted:
        return who, tempting, platform, chosen
    more = np.concatenate(day.accepted)
    return (
        np.concatenate([who, more[:, 0].astype(who.dtype)]),
        np.concatenate([tempting, more[:, 1].astype(tempting.dtype)]),
        np.concatenate([platform, np.full(len(more), -1, platform.dtype)]),
        Chosen(
            np.concatenate([chosen.merchant, more[:, 1].astype(np.int16)]),
            np.concatenate([chosen.touch, more[:, 2].astype(np.int8)]),
        ),
    )
