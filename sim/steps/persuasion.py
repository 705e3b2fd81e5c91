"""The other ways in which good news spreads: thresholds of friends, and Bass' hazard.

Who *has it* bought from the merchant, was given its product (``launch``), or came to it by word of
mouth and still remembers it. Whoever has it counts, whether or not they have just spoken.

* ``linear_threshold``: a friend of who speaks follows once its ties to people who have it are as
  strong, of all its ties, as a threshold from U(0, 1), drawn once for person and merchant.
* ``threshold``: once a given share of its friends has it; strength does not count.
* ``bass``: nobody need speak; on every day everybody takes to a merchant with probability
  ``innovation + imitation x share`` (strength of ties to people who have it, over that of all).

How a product suits a person is weighed in: the share counts times fit and closeness, at most 1.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import Threads, kernel
from sim.rng import Stream, block, uniform
from sim.steps.day import Day, chunk_edges
from sim.steps.diffusion import Tree, add_node, place_of
from sim.world.consumers import Consumers
from sim.world.graph.csr import Graph
from sim.world.laws import LINEAR, ShareLaw
from sim.world.market import Offers, affinity
from sim.world.relations import BOUGHT, WORD_OF_MOUTH, Relations, find

PERSUADE, IMITATE = int(Stream.PERSUADE), int(Stream.IMITATE)
ROUNDING = 1e-6  # strengths are float32: a share that equals the threshold has reached it


@kernel
def has_it(relations: Relations, i: int, k: int) -> bool:
    """Tell whether slot ``k`` of person ``i`` is of a merchant whose product it has or took to."""
    touch = relations.touch[i, k]
    return bool(
        relations.flags[i, k] & BOUGHT != 0
        or touch & 15 == WORD_OF_MOUTH
        or touch >> 4 == WORD_OF_MOUTH
    )


@kernel
def tell_by_threshold(
    seed: np.uint64,
    head: int,
    size: int,
    m: int,
    graph: Graph,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    law: ShareLaw,
    tree: Tree,
) -> int:
    """Let the friends of the tree's node ``head`` follow who have seen enough; return the new size.

    Counted are people who had it this morning, and nodes of the tree up to ``head``: those of this
    generation and before who have had their say.
    """
    sender = tree.node[head]
    for e in range(graph.indptr[sender], graph.indptr[sender + 1]):
        friend = graph.indices[e]
        slot = find(relations, friend, m)
        if (slot >= 0 and has_it(relations, friend, slot)) or place_of(tree, friend) >= 0:
            continue
        whole = having = 0.0
        for f in range(graph.indptr[friend], graph.indptr[friend + 1]):
            other = graph.indices[f]
            weight = graph.strength[f] if law.mode == LINEAR else 1.0
            whole += weight
            place = place_of(tree, other)
            k = find(relations, other, m)
            if 0 <= place <= head or (k >= 0 and has_it(relations, other, k)):
                having += weight
        limit = law.threshold
        if law.mode == LINEAR:
            word, _, _, _ = block(seed, PERSUADE, friend, 0, offers.luck[m])
            limit = uniform(word)
        liked = min(1.0, affinity(offers, consumers, friend, m))
        if having * liked >= (limit - ROUNDING) * whole:
            size = add_node(tree, size, friend, head)
    return size


@kernel
def count_having(relations: Relations, having: np.ndarray) -> None:
    """Add to ``having`` int64[M] how many people have what each merchant sells."""
    for i in range(relations.merchant.shape[0]):
        for k in range(relations.merchant.shape[1]):
            m = relations.merchant[i, k]
            if m >= 0 and has_it(relations, i, k):
                having[m] += 1


@kernel
def imitate(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    graph: Graph,
    consumers: Consumers,
    relations: Relations,
    offers: Offers,
    having: np.ndarray,
    law: ShareLaw,
    weight: np.ndarray,
    who: np.ndarray,
    merchant: np.ndarray,
    size: np.ndarray,
) -> None:
    """Let the people of chunks ``first .. last-1`` take to merchants; changes no memory.

    ``weight`` float64[C, M] is scratch; ``who`` int32[C, R], ``merchant`` int64[C, R] and ``size``
    int64[C] take who takes to whom; ``size`` counts on where there is no more room.
    """
    for c in range(first, last):
        size[c] = 0
        for i in range(edges[c], edges[c + 1]):
            whole = -1.0  # friends are looked at for the few whose luck may let them
            for m in range(len(having)):
                if not offers.is_open[m]:
                    continue
                word, _, _, _ = block(seed, IMITATE, i, day, offers.luck[m])
                luck = uniform(word)
                if luck >= law.innovation + law.imitation:
                    continue
                k = find(relations, i, m)
                if k >= 0 and has_it(relations, i, k):
                    continue
                if whole < 0.0:
                    whole = _friends_having(i, graph, relations, weight[c])
                share = weight[c, m] / whole if whole > 0.0 else 0.0
                if graph.contacts > 0.0:
                    share = having[m] / len(consumers.tribe)
                hazard = law.innovation + law.imitation * share
                if luck < hazard * min(1.0, affinity(offers, consumers, i, m)):
                    if size[c] < who.shape[1]:
                        who[c, size[c]], merchant[c, size[c]] = i, m
                    size[c] += 1


@kernel
def _friends_having(i: int, graph: Graph, relations: Relations, weight: np.ndarray) -> float:
    """Fill ``weight`` float64[M] with the strength of ties to people who have it; return all."""
    for m in range(len(weight)):
        weight[m] = 0.0
    whole = 0.0
    for e in range(graph.indptr[i], graph.indptr[i + 1]):
        j = graph.indices[e]
        whole += graph.strength[e]
        for k in range(relations.merchant.shape[1]):
            m = relations.merchant[j, k]
            if m >= 0 and has_it(relations, j, k):
                weight[m] += graph.strength[e]
    return whole


def imitated(day: Day, threads: Threads) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return receivers and messages, one message per merchant, of Bass' hazard."""
    world = day.world
    edges = chunk_edges(world.count)
    chunks, merchants = len(edges) - 1, len(world.firms)
    having = np.zeros(merchants, np.int64)
    count_having(world.relations, having)
    room, size = 64, np.zeros(chunks, np.int64)
    while True:
        who, merchant = np.empty((chunks, room), np.int32), np.empty((chunks, room), np.int64)
        threads.run(
            imitate,
            chunks,
            edges,
            world.seed,
            day.number,
            world.graph,
            world.consumers,
            world.relations,
            world.offers,
            having,
            world.laws.sharing,
            np.empty((chunks, merchants)),
            who,
            merchant,
            size,
        )
        if int(size.max(initial=0)) <= room:
            break
        room = int(size.max())
    receiver = np.concatenate([who[c, : size[c]] for c in range(chunks)])
    message = np.concatenate([merchant[c, : size[c]] for c in range(chunks)]).astype(np.int32)
    about = np.arange(merchants)
    return receiver, message, np.stack([about, about, np.ones_like(about)], axis=1)
