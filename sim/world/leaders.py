"""Opinion leaders and who follows them, drawn once; their credit wears and comes back."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.rng import Stream, generator
from sim.scenario.schema import Scenario
from sim.world.consumers import Consumers, distinct_hashes
from sim.world.graph.csr import Graph


class Leaders(NamedTuple):
    """Structure of arrays over ``L`` leaders and ``F`` followers of all of them.

    luck uint32[L]: names the leader in draws; who int32[L]: the person; start int64[L + 1]: where
    each one's part of follower int32[F] begins; taste float32[L, D]: mean taste of the followers,
    as media data tell it; fee int64[L] [money a post]; reach, trust, tempt, wear float64[L];
    rest int64[L] [days]; credit float64[L] in (0, 1]; free_on int64[L]: first day on which the
    leader posts again; purse int64[M]: what each merchant has put aside for posts.
    """

    luck: np.ndarray
    who: np.ndarray
    start: np.ndarray
    follower: np.ndarray
    taste: np.ndarray
    fee: np.ndarray
    reach: np.ndarray
    trust: np.ndarray
    tempt: np.ndarray
    wear: np.ndarray
    rest: np.ndarray
    credit: np.ndarray
    free_on: np.ndarray
    purse: np.ndarray


def build_leaders(
    scenario: Scenario, consumers: Consumers, graph: Graph, merchants: int, seed: int
) -> Leaders:
    """Choose leaders by their ties, and draw who follows them."""
    specs = [spec for spec in scenario.leaders.values() for _ in range(spec.count)]
    names = [f"{n}.{k + 1}" for n, s in scenario.leaders.items() for k in range(s.count)]
    hashes = distinct_hashes(sorted(names))
    ties = np.diff(graph.indptr)
    taken: set[int] = set()
    who, audience = [], []
    for name, spec in zip(names, specs, strict=True):
        rng = generator(seed, Stream.LEADER, hashes[name])
        tribe = int(consumers.tribe[int(rng.integers(len(consumers.tribe)))])
        tribe = tribe if spec.tribe is None else spec.tribe
        leader = _best_known(np.flatnonzero(consumers.tribe == tribe), ties, taken)
        taken.add(leader)
        who.append(leader)
        audience.append(_followers(leader, spec.following, spec.own_tribe, consumers, graph, rng))

    def each(name: str, kind: type) -> np.ndarray:
        return np.array([getattr(spec, name) for spec in specs], kind)

    means = [consumers.taste[people].mean(axis=0) for people in audience]
    axes = consumers.taste.shape[1]
    return Leaders(
        luck=np.array([hashes[name] for name in names], np.uint32),
        who=np.array(who, np.int32),
        start=np.concatenate([[0], np.cumsum([len(people) for people in audience])]).astype(
            np.int64
        ),
        follower=np.concatenate([np.zeros(0, np.int32), *audience]),
        taste=np.array(means, np.float32).reshape(-1, axes),
        fee=each("fee", np.int64),
        reach=each("reach", np.float64),
        trust=each("trust", np.float64),
        tempt=each("tempt", np.float64),
        wear=each("wear", np.float64),
        rest=each("rest", np.int64),
        credit=np.ones(len(specs)),
        free_on=np.zeros(len(specs), np.int64),
        purse=np.zeros(merchants, np.int64),
    )


def _best_known(people: np.ndarray, ties: np.ndarray, taken: set[int]) -> int:
    """Return who of ``people`` has most ties and is no leader yet; of anybody, if all are."""
    for group in (people, np.arange(len(ties))):
        for person in group[np.argsort(-ties[group], kind="stable")]:
            if int(person) not in taken:
                return int(person)
    raise ValueError("there are more leaders than people")


def _followers(
    leader: int,
    wanted: int,
    own_tribe: float,
    consumers: Consumers,
    graph: Graph,
    rng: np.random.Generator,
) -> np.ndarray:
    """Return int32[wanted]: friends first, then people of the tribe and others, nobody twice."""
    friends = graph.indices[graph.indptr[leader] : graph.indptr[leader + 1]][:wanted]
    free = np.ones(len(consumers.tribe), np.bool_)
    free[friends] = free[leader] = False
    near = consumers.tribe == consumers.tribe[leader]
    inside, outside = np.flatnonzero(free & near), np.flatnonzero(free & ~near)
    missing = min(wanted - len(friends), len(inside) + len(outside))
    some = int(rng.binomial(missing, own_tribe))
    some = min(len(inside), max(some, missing - len(outside)))
    drawn = [rng.permutation(inside)[:some], rng.permutation(outside)[: missing - some]]
    return np.concatenate([friends, *drawn]).astype(np.int32)
