"""What may be said about a comparison, in words, and no more than its intervals hold.

Every sentence here is made from numbers. One arm is called better than another only where
``Paired.ahead`` says so (interval without 0 and adjusted p-value at most 5 %); wherever it does
not, the sentence says that one cannot tell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from sim.study import words
from sim.study.compare.outcomes import Outcomes
from sim.study.compare.paired import Paired, adjusted, interval, paired
from sim.study.tables import Array

Show = Callable[[float], str]
"""Turns an amount of a metric into words with its unit: ``12 points``."""


INTERVAL = f"95{words.HELD}% interval"


class Driver(NamedTuple):
    """A metric that may explain a difference.

    metric: its name. up, down: what it means if the better arm has more, or less, of it; ``{a}``
    is its mean without the unit, ``{b}`` the other's with it. show: means in words.
    """

    metric: str
    up: str
    down: str
    show: Show


class Standing(NamedTuple):
    """Who is where in a variant: ``best`` cannot be told apart from each other; ``leader`` is the
    first of ``ranked``; ``sole`` if it is ahead of all others."""

    ranked: tuple[str, ...]
    best: tuple[str, ...]

    @property
    def leader(self) -> str:
        """The arm with the highest mean."""
        return self.ranked[0]

    @property
    def sole(self) -> bool:
        """Whether the leader may be called the best."""
        return len(self.best) == 1


def standing(outcomes: Outcomes, metric: str, variant: str) -> Standing:
    """Return how the arms stand: the leader, and all that it is not clearly ahead of."""
    ranked = outcomes.ranked(metric, variant)
    leader = ranked[0]
    best = [leader]
    for arm in ranked[1:]:
        if outcomes.between(metric, variant, leader, arm).ahead != 1:
            best.append(arm)
    return Standing(tuple(ranked), tuple(best))


def difference(one: Paired, a: str, b: str, show: Show) -> str:
    """Say how two arms differ, with the interval; ``show`` takes amounts without a sign."""
    if one.seeds == 0:
        return f"there is nothing to compare {a} and {b} by"
    if one.same:
        return f"{a} and {b} came out exactly alike on {words.count(one.seeds, 'seed')}"
    if one.ahead < 0:
        return difference(one.turned(), b, a, show)
    if one.ahead > 0:
        return f"{a} is ahead of {b} by {show(one.mean)} ({span(one, show)})"
    return f"one cannot tell {a} and {b} apart ({signed(one.mean, show)}; {doubt(one, show)})"


def span(one: Paired, show: Show) -> str:
    """Return ``95 % interval 5 to 11 points``, with signs where they matter."""
    if not one.low <= one.high:
        return "no interval from a single seed"
    sign = one.low < 0
    low, high = (signed(end, show) if sign else show(end) for end in (one.low, one.high))
    return f"{INTERVAL} {bare(low)} to {high}"


def doubt(one: Paired, show: Show) -> str:
    """Return the interval, and where it is off 0 nevertheless the p-value that forbids a claim."""
    off = one.low > 0 or one.high < 0
    return span(one, show) + (f", p {one.adjusted:.2f} after Holm" if off else "")


def bare(amount: str) -> str:
    """Return an amount in words without its unit."""
    return amount.partition(words.HELD)[0]


def signed(value: float, show: Show) -> str:
    """Return an amount with its sign."""
    mark = "−" if value < 0 else "+" if value > 0 else ""
    return f"{mark}{show(abs(value))}"


def who_wins(outcomes: Outcomes, metric: str, variant: str, show: Show) -> str:
    """Say in one or two sentences who did best in a variant and by how much."""
    found = standing(outcomes, metric, variant)
    rest = [arm for arm in found.ranked if arm not in found.best]
    if not found.sole:
        runner = found.best[1]
        one = outcomes.between(metric, variant, found.leader, runner)
        if one.same or not one.seeds:
            told = words.opened(difference(one, found.leader, runner, show))
        else:
            gap = f"{found.leader} less {runner}: {signed(one.mean, show)}, {doubt(one, show)}"
            told = f"One cannot tell {words.listed(found.best)} apart ({gap})"
        return told + (f"; {words.listed(rest)} did worse than {found.leader}." if rest else ".")
    gaps = [
        difference(outcomes.between(metric, variant, found.leader, arm), found.leader, arm, show)
        for arm in rest
    ]
    return f"{found.leader} did best: {'; '.join(gaps)}."


def because(outcomes: Outcomes, metric: str, variant: str, drivers: Sequence[Driver]) -> str:
    """Say what goes with the leader's lead over the next arm; only what the intervals hold.

    What goes with a lead need not cause it, and the sentence does not say so.
    """
    found = standing(outcomes, metric, variant)
    clear = [arm for arm in found.ranked[1:] if arm not in found.best]
    if not clear:
        return ""
    other = clear[0]
    parts = []
    for driver in drivers:
        if driver.metric not in outcomes.values or driver.metric == metric:
            continue
        one = outcomes.between(driver.metric, variant, found.leader, other)
        if one.ahead:
            text = driver.up if one.ahead > 0 else driver.down
            parts.append(text.format(a=bare(driver.show(one.mean_a)), b=driver.show(one.mean_b)))
    against = f"Against {other}, {found.leader}"
    if not parts:
        return f"{against} differs beyond doubt in none of the other measures."
    return f"{against} {words.listed(parts)}."


def on_average(means: Mapping[str, Array], what: str, show: Show, gap: Show) -> str:
    """Say which arm has the highest mean over several markets, and whether it is ahead of the rest.

    Args:
        means: arm → mean over markets, by seed.
        what: the metric in words, in lower case.
        show, gap: amounts and differences in words.
    """
    order = sorted(means, key=lambda arm: -float(np.mean(means[arm])))
    best, others = order[0], order[1:]
    found = adjusted([paired(means[best], means[arm]) for arm in others])
    low, high = interval(means[best])
    told = f"averaged over the markets, {best} has the highest {what}"
    if low <= high:
        mean = float(np.mean(means[best]))
        told += f", {show(mean)} ({INTERVAL} {bare(show(low))} to {show(high)})"
    clear = [arm for arm, one in zip(others, found, strict=True) if one.ahead > 0]
    unsure = [arm for arm in others if arm not in clear]
    if not unsure:
        return f"{told}, and is ahead of all others."
    gaps = dict(zip(others, found, strict=True))
    close = words.listed([f"{arm} ({doubt(gaps[arm], gap)})" for arm in unsure])
    ahead = f" is ahead of {words.listed(clear)}, but" if clear else ""
    return f"{told};{ahead or ' but'} one cannot tell it from {close}."


def overall(markets: Sequence[tuple[str, Standing]]) -> str:
    """Say in one line where which arm is best, over several markets."""
    wins: dict[str, list[str]] = {}
    open_: list[str] = []
    for market, found in markets:
        if found.sole:
            wins.setdefault(found.leader, []).append(market)
        else:
            open_.append(market)
    if not wins:
        which = "this market" if len(markets) == 1 else f"any of the {len(markets)} markets"
        return f"One cannot tell which strategy is best in {which}"
    told = [
        f"{arm} does best in {_named(where, len(markets))}"
        for arm, where in sorted(wins.items(), key=lambda item: -len(item[1]))
    ]
    if open_:
        told.append(f"in {_named(open_, 0)} one cannot tell")
    return "; ".join(told)


def _named(markets: Sequence[str], of: int) -> str:
    """Name a few markets, count many."""
    if len(markets) <= 3 or of == len(markets) == 1:
        return words.listed(markets)
    return f"{len(markets)} of {of} markets" if of else f"{len(markets)}"
