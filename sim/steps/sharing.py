"""Stage 4, sharing: messages travel along ties as independent cascades.

Seeds are buyers who talk about a delivery (good or bad) and members whom a group moved to share.
Along each tie a message passes with probability ``tie_probability x strength x fit`` (fit of the
product to the receiver, at most 1), and along acquaintances from groups alike (a complaint
``acquaintances.complaint`` times as readily); a receiver passes it on with ``pass_on x
sociability``. A good message raises goodwill and trust and may tempt; a bad one costs trust where
the merchant is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import Threads, allocating, kernel
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.steps.diffusion import STRIDE, Tree, add_node, clear_tree, empty_tree, tree_shape, try_ties
from sim.world.acquaintances import Acquaintances
from sim.world.consumers import Consumers
from sim.world.graph.csr import Graph
from sim.world.laws import MemoryLaw, ShareLaw
from sim.world.market import Offers, affinity
from sim.world.relations import WORD_OF_MOUTH, Relations, deepen, find, mark, warm

SHARE, PASS_ON, ACQUAINTED = int(Stream.SHARE), int(Stream.PASS_ON), int(Stream.ACQUAINTED)
SENDER, ABOUT, VALENCE = range(3)  # columns of a message
MAX_REACH = 1 << 16  # people in one cascade and day; more are reached on later days
PIECE = 256


class Heard(NamedTuple):
    """What a piece of messages led to: receiver int32[Q, R], message int32[Q, R], size int64[Q];
    shape int32[n, 3] (size, depth, width) and virality float64[n] of each message's tree."""

    receiver: np.ndarray
    message: np.ndarray
    size: np.ndarray
    shape: np.ndarray
    virality: np.ndarray


@allocating
def spread(
    first: int,
    last: int,
    edges: np.ndarray,
    seed: np.uint64,
    day: int,
    messages: np.ndarray,
    graph: Graph,
    acquaintances: Acquaintances,
    consumers: Consumers,
    offers: Offers,
    law: ShareLaw,
    most_ties: int,
    heard: Heard,
) -> None:
    """Let the messages of pieces ``first .. last-1`` travel; changes nothing but ``heard``."""
    tree = empty_tree(MAX_REACH)
    below = np.empty(MAX_REACH, np.int64)
    told = np.empty(most_ties, np.int32)
    for piece in range(first, last):
        written = 0
        for n in range(edges[piece], edges[piece + 1]):
            m = messages[n, ABOUT]
            size = add_node(tree, 0, messages[n, SENDER], -1)
            head = 0
            while head < size:
                sender = tree.node[head]
                if head == 0 or _passes_on(seed, day, sender, m, consumers, offers, law):
                    if tree.depth[head] < law.max_depth:
                        size = _tell(
                            seed, day, head, size, m, messages[n, VALENCE], graph, acquaintances,
                            consumers, offers, law, tree, told,
                        )  # fmt: skip
                head += 1
            for k in range(1, size):
                if written < heard.receiver.shape[1]:
                    heard.receiver[piece, written] = tree.node[k]
                    heard.message[piece, written] = n
                written += 1
            _, depth, width, virality = tree_shape(tree, size, below)
            heard.shape[n, 0], heard.shape[n, 1], heard.shape[n, 2] = size, depth, width
            heard.virality[n] = virality
            clear_tree(tree, size)
        heard.size[piece] = written


@kernel
def _passes_on(
    seed: np.uint64,
    day: int,
    who: int,
    m: int,
    consumers: Consumers,
    offers: Offers,
    law: ShareLaw,
) -> bool:
    word, _, _, _ = block(seed, PASS_ON, who, day, offers.luck[m])
    return bool(uniform(word) < law.pass_on * consumers.sociability[who])


@kernel
def _tell(
    seed: np.uint64,
    day: int,
    head: int,
    size: int,
    m: int,
    valence: int,
    graph: Graph,
    acquaintances: Acquaintances,
    consumers: Consumers,
    offers: Offers,
    law: ShareLaw,
    tree: Tree,
    told: np.ndarray,
) -> int:
    """Tell the friends of the tree's node ``head``; return the tree's new size."""
    sender = tree.node[head]
    count = try_ties(seed, day, offers.luck[m], graph, sender, law.tie_probability, told)
    if acquaintances.friend.shape[1] > 0:
        passing = law.tie_probability * (law.acquaintance_complaint if valence < 0 else 1.0)
        count = try_acquaintances(
            seed, day, offers.luck[m], acquaintances, sender, passing, told, count
        )
    for n in range(count):
        friend = told[n]
        liked = affinity(offers, consumers, friend, m)
        if liked < 1.0:
            word, _, _, _ = block(seed, SHARE, friend, day, offers.luck[m] ^ np.uint32(sender))
            if uniform(word) >= liked:
                continue
        size = add_node(tree, size, friend, head)
    return size


@kernel
def try_acquaintances(
    seed: np.uint64,
    day: int,
    about: int,
    acquaintances: Acquaintances,
    sender: int,
    passing: float,
    told: np.ndarray,
    count: int,
) -> int:
    """Try each acquaintance of ``sender`` once, as ``try_ties`` does with friends, behind the first
    ``count`` of ``told``; return how many are told now."""
    for place in range(acquaintances.friend.shape[1]):
        if acquaintances.friend[sender, place] < 0:
            break
        word, _, _, _ = block(seed, ACQUAINTED, sender, day, about + STRIDE * (place + 1))
        if uniform(word) < passing * acquaintances.strength[sender, place]:
            told[count] = acquaintances.friend[sender, place]
            count += 1
    return count


@kernel
def receive(
    seed: np.uint64,
    day: int,
    receiver: np.ndarray,
    message: np.ndarray,
    messages: np.ndarray,
    relations: Relations,
    offers: Offers,
    law: ShareLaw,
    memory: MemoryLaw,
    who: np.ndarray,
    merchant: np.ndarray,
) -> int:
    """Let receivers remember; return how many are tempted (``who``, ``merchant``)."""
    tempted = 0
    for n in range(len(receiver)):
        i, m = receiver[n], messages[message[n], ABOUT]
        if messages[message[n], VALENCE] < 0:
            k = find(relations, i, m)
            if k >= 0:
                deepen(relations, i, k)
                relations.trust[i, k] = max(-1.0, relations.trust[i, k] - law.bad_news)
            continue
        k = warm(relations, i, m, memory.message, memory.fade)
        if k >= 0:
            mark(relations, i, k, WORD_OF_MOUTH, day)
            relations.trust[i, k] += law.good_news * (1.0 - relations.trust[i, k])
        _, word, _, _ = block(seed, PASS_ON, i, day, offers.luck[m])
        if uniform(word) < law.tempt:
            who[tempted] = i
            merchant[tempted] = m
            tempted += 1
    return tempted


def sharing(day: Day, threads: Threads) -> None:
    """Send the day's messages; receivers remember, and some become occasions."""
    world, counts = day.world, day.counts
    if not world.messages:
        return
    messages = np.concatenate(world.messages)
    world.messages = []
    messages = messages[world.offers.is_open[messages[:, ABOUT]]]
    if not len(messages):
        return
    pieces = -(-len(messages) // PIECE)
    edges = np.minimum(np.arange(pieces + 1) * PIECE, len(messages))
    most_ties = world.most_ties + int(4 * world.graph.contacts) + 64
    most_ties += world.acquaintances.friend.shape[1]
    room = 4 * PIECE
    while True:
        heard = Heard(
            np.empty((pieces, room), np.int32),
            np.empty((pieces, room), np.int32),
            np.zeros(pieces, np.int64),
            np.zeros((len(messages), 3), np.int32),
            np.zeros(len(messages)),
        )
        threads.run(
            spread,
            pieces,
            edges,
            world.seed,
            day.number,
            messages,
            world.graph,
            world.acquaintances,
            world.consumers,
            world.offers,
            world.laws.sharing,
            most_ties,
            heard,
        )
        most = int(heard.size.max(initial=0))
        if most <= room:
            break
        room = most
    receiver = np.concatenate([heard.receiver[q, : heard.size[q]] for q in range(pieces)])
    message = np.concatenate([heard.message[q, : heard.size[q]] for q in range(pieces)])
    who, merchant = np.empty(len(receiver), np.int32), np.empty(len(receiver), np.int16)
    tempted = receive(
        world.seed,
        day.number,
        receiver,
        message,
        messages,
        world.relations,
        world.offers,
        world.laws.sharing,
        world.laws.memory,
        who,
        merchant,
    )
    day.occasions.add(who[:tempted], merchant[:tempted], WORD_OF_MOUTH, -1)
    counts.messages = len(receiver)
    counts.cascades = len(messages)
    counts.reach_max = int(heard.shape[:, 0].max(initial=0))
    keep = world.laws.sharing.samples
    step = max(1, -(-len(messages) // keep)) if keep else len(messages) + 1
    for n in range(0, len(messages), step) if keep else ():
        size, depth, width = (int(x) for x in heard.shape[n])
        counts.cascade_rows.append(
            (int(messages[n, ABOUT]), size, depth, width, float(heard.virality[n]))
        )
