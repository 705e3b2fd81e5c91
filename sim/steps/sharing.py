"""Stage 4, sharing: messages travel along ties as independent cascades.

Seeds are buyers who talk about a delivery (good or bad) and members whom a group moved to share.
Along each tie a message passes with probability ``tie_probability x strength x fit`` (fit of the
product to the receiver, at most 1), and along acquaintances from groups alike (a complaint
``acquaintances.complaint`` times as readily); a receiver passes it on with ``pass_on x virality of
what it is about x sociability``. In other modes good news spreads as ``sim.steps.persuasion`` says.
A good message raises goodwill and trust and may tempt; a bad one costs trust where one is known.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.kernel import Threads, allocating, inlined, kernel, prefetch
from sim.rng import Stream, block, uniform
from sim.steps.day import Day
from sim.steps.diffusion import STRIDE, Tree, add_node, clear_tree, empty_tree, tree_shape, try_ties
from sim.steps.launch import launch
from sim.steps.persuasion import imitated, tell_by_threshold
from sim.world.acquaintances import Acquaintances
from sim.world.consumers import Consumers
from sim.world.graph.csr import Graph
from sim.world.laws import BASS, CASCADE, MemoryLaw, ShareLaw
from sim.world.market import Offers, affinity
from sim.world.relations import WORD_OF_MOUTH, Relations, deepen, find, mark, warm

SHARE, PASS_ON, ACQUAINTED = int(Stream.SHARE), int(Stream.PASS_ON), int(Stream.ACQUAINTED)
SENDER, ABOUT, VALENCE = range(3)  # columns of a message
READ_OF = 2  # valence of a message about something read: good, and as viral as that was
MAX_REACH = 1 << 16  # people in one cascade and day; more are reached on later days
PIECE = 256
AHEAD = 8  # messages in advance of which rows are fetched
GENERATIONS = 3  # counted one by one


class Heard(NamedTuple):
    """What a piece of messages led to: receiver int32[Q, R], who told them sender int32[Q, R],
    message int32[Q, R], size int64[Q]; shape int32[n, 6] (size, depth, width, people of the first
    three generations) and virality float64[n] of each message's tree."""

    receiver: np.ndarray
    sender: np.ndarray
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
    relations: Relations,
    offers: Offers,
    catching: np.ndarray,
    law: ShareLaw,
    most_ties: int,
    heard: Heard,
) -> None:
    """Let the messages of pieces ``first .. last-1`` travel; changes nothing but ``heard``.

    ``catching`` float64[M]: readiness to pass on what was read of a merchant, over ``pass_on``.
    """
    tree = empty_tree(MAX_REACH)
    below = np.empty(MAX_REACH, np.int64)
    told = np.empty(most_ties, np.int32)
    for piece in range(first, last):
        written = 0
        for n in range(edges[piece], edges[piece + 1]):
            _fetch_ties(n, messages, graph)
            m = messages[n, ABOUT]
            by_ties = law.mode == CASCADE or messages[n, VALENCE] < 0
            keen = float(catching[m]) if messages[n, VALENCE] == READ_OF else 1.0
            size = add_node(tree, 0, messages[n, SENDER], -1)
            head = 0
            while head < size:
                sender = tree.node[head]
                if head == 0 or _passes_on(seed, day, sender, m, keen, consumers, offers, law):
                    if tree.depth[head] < law.max_depth and by_ties:
                        size = _tell(
                            seed, day, head, size, m, messages[n, VALENCE], graph, acquaintances,
                            consumers, offers, law, tree, told,
                        )  # fmt: skip
                    elif tree.depth[head] < law.max_depth:
                        size = tell_by_threshold(
                            seed, head, size, m, graph, consumers, relations, offers, law, tree
                        )
                head += 1
            for k in range(1, size):
                if written < heard.receiver.shape[1]:
                    heard.receiver[piece, written] = tree.node[k]
                    heard.sender[piece, written] = tree.node[tree.parent[k]]
                    heard.message[piece, written] = n
                written += 1
                if tree.depth[k] <= GENERATIONS:
                    heard.shape[n, 2 + tree.depth[k]] += 1
            _, depth, width, virality = tree_shape(tree, size, below)
            heard.shape[n, 0], heard.shape[n, 1], heard.shape[n, 2] = size, depth, width
            heard.virality[n] = virality
            clear_tree(tree, size)
        heard.size[piece] = written


@inlined
def _fetch_ties(n: int, messages: np.ndarray, graph: Graph) -> None:
    """Have the ties fetched of who will speak soon: where they are, then what they are."""
    last = len(messages) - 1
    prefetch(graph.indptr, messages[min(n + 2 * AHEAD, last), SENDER])
    tie = graph.indptr[messages[min(n + AHEAD, last), SENDER]]
    prefetch(graph.indices, tie)
    prefetch(graph.strength, tie)


@inlined
def _passes_on(
    seed: np.uint64,
    day: int,
    who: int,
    m: int,
    keen: float,
    consumers: Consumers,
    offers: Offers,
    law: ShareLaw,
) -> bool:
    word, _, _, _ = block(seed, PASS_ON, who, day, offers.luck[m])
    ready = keen * law.pass_on * offers.virality[m] * consumers.sociability[who]
    return bool(uniform(word) < ready)


@inlined
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
        soon = receiver[min(n + AHEAD, len(receiver) - 1)]
        prefetch(relations.merchant, soon)
        prefetch(relations.trust, soon)
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
    world = day.world
    launch(day)
    messages = np.concatenate([np.zeros((0, 3), np.int64), *world.messages])
    world.messages = []
    messages = messages[world.offers.is_open[messages[:, ABOUT]]]
    if world.laws.sharing.mode == BASS:
        _hear(day, *imitated(day, threads))
        messages = messages[messages[:, VALENCE] < 0]
    if not len(messages):
        return
    heard = _spread(day, messages, threads)
    receiver, sender, message = (
        np.concatenate([column[q, :size] for q, size in enumerate(heard.size)])
        for column in (heard.receiver, heard.sender, heard.message)
    )
    _hear(day, receiver, message, messages)
    _count(day, messages, heard)
    _keep(day, messages, heard, np.stack([message, sender, receiver], axis=1))


def _spread(day: Day, messages: np.ndarray, threads: Threads) -> Heard:
    """Let all messages travel, with as much room as it takes."""
    world = day.world
    pieces = -(-len(messages) // PIECE)
    edges = np.minimum(np.arange(pieces + 1) * PIECE, len(messages))
    most_ties = world.most_ties + world.acquaintances.friend.shape[1]
    most_ties += int(4 * world.graph.contacts) + 64
    room = 4 * PIECE
    while True:
        heard = Heard(
            np.empty((pieces, room), np.int32),
            np.empty((pieces, room), np.int32),
            np.empty((pieces, room), np.int32),
            np.zeros(pieces, np.int64),
            np.zeros((len(messages), 3 + GENERATIONS), np.int32),
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
            world.relations,
            world.offers,
            world.content.plans.virality,
            world.laws.sharing,
            most_ties,
            heard,
        )
        most = int(heard.size.max(initial=0))
        if most <= room:
            return heard
        room = most


def _hear(day: Day, receiver: np.ndarray, message: np.ndarray, messages: np.ndarray) -> None:
    """Let receivers remember, and tempt some."""
    world = day.world
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
    day.counts.messages += len(receiver)


def _count(day: Day, messages: np.ndarray, heard: Heard) -> None:
    """Count cascades and generations."""
    counts = day.counts
    good = messages[:, VALENCE] > 0
    read = np.bincount(messages[good, ABOUT], heard.shape[good, 0] - 1, len(day.world.firms))
    counts.read += read.astype(np.int64)
    counts.cascades = len(messages)
    counts.generations += heard.shape[:, 3:].sum(axis=0)
    counts.reach_max = int(heard.shape[:, 0].max(initial=0))


def _keep(day: Day, messages: np.ndarray, heard: Heard, tellings: np.ndarray) -> None:
    """Keep a sample of cascades, evenly spaced, with their shape and who told whom.

    ``tellings`` int64[n, 3]: message, sender, receiver, those of a message in order of hearing.
    """
    counts, most = day.counts, day.world.laws.sharing.samples
    if not most:
        return
    step = -(-len(messages) // most)
    for number, n in enumerate(range(0, len(messages), step)):
        sender, about, valence = (int(x) for x in messages[n])
        shape = (int(x) for x in heard.shape[n, :3])
        row = (number, about, sender, int(valence > 0), *shape, float(heard.virality[n]))
        counts.cascade_rows.append(row)
    kept = tellings[tellings[:, 0] % step == 0]
    counts.tellings = np.column_stack([kept[:, 0] // step, kept[:, 1:]]).astype(np.int64)
