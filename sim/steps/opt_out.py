"""Who is tired of push shuts it out: ad blockers, and apps whose messages are switched off.

A person whose fatigue exceeds ``memory.opt_out`` times their tolerance at the end of a day sees no
ad on any platform from the next morning on, for ``memory.opt_out_period`` or for good. Visits,
searches and unpaid results go on. Nobody can shut out a poster or a broadcast.
"""

from __future__ import annotations

import numpy as np

from sim.kernel import Threads, kernel
from sim.steps.day import Day, chunk_edges
from sim.steps.visits import WHO, Plan
from sim.world.consumers import Consumers

FOR_GOOD = 32_767  # a day that never comes: runs last 32,000 days at most


@kernel
def leave_out(
    first: int, last: int, day: int, ticks: int, listens: np.ndarray, plan: Plan, gone: np.ndarray
) -> None:
    """Take the visits of those who see no ads out of a plan; count them in ``gone`` int64[C]."""
    for c in range(first, last):
        kept = begin = 0
        for t in range(ticks):
            end = plan.start[c, t + 1]
            for k in range(begin, end):
                if listens[plan.entry[c, k] & WHO] <= day:
                    plan.entry[c, kept] = plan.entry[c, k]
                    kept += 1
            plan.start[c, t + 1] = kept
            begin = end
        gone[c] = begin - kept


@kernel
def shut_out(
    first: int,
    last: int,
    edges: np.ndarray,
    day: int,
    bound: float,
    until: int,
    calm: float,
    consumers: Consumers,
    listens: np.ndarray,
    shut: np.ndarray,
) -> None:
    """Let those opt out who are tired beyond ``bound``; count them in ``shut`` int64[C]."""
    for c in range(first, last):
        shut[c] = 0
        for i in range(edges[c], edges[c + 1]):
            tired = consumers.fatigue[i] * calm > bound * consumers.tolerance[i]
            if tired and listens[i] <= day:
                listens[i] = until
                shut[c] += 1


def without_ads(day: Day, threads: Threads, ticks: int, plan: Plan) -> int:
    """Take out of ``plan`` who sees no ads today; return how many visits that were."""
    listens = day.world.listens
    if not len(listens):
        return 0
    gone = np.zeros(len(plan.start), np.int64)
    threads.run(leave_out, len(gone), day.number, ticks, listens, plan, gone)
    return int(gone.sum())


def opt_out(day: Day, threads: Threads) -> None:
    """Let people opt out after the day's ads."""
    world, memory = day.world, day.world.scenario.memory
    if memory.opt_out is not None:
        if not len(world.listens):
            world.listens = np.zeros(world.count, np.int16)
        edges = chunk_edges(world.count)
        shut = np.zeros(len(edges) - 1, np.int64)
        period = memory.opt_out_period
        until = FOR_GOOD if period is None else min(FOR_GOOD, day.number + 1 + period)
        threads.run(
            shut_out,
            len(shut),
            edges,
            day.number,
            float(memory.opt_out),
            until,
            world.laws.memory.calm,
            world.consumers,
            world.listens,
            shut,
        )
        day.counts.opt_outs = int(shut.sum())
    day.counts.opted_out = int(np.count_nonzero(world.listens > day.number + 1))
