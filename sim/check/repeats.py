"""Family: repeat buying: how often customers come back, against an order log of real customers.

The log is CDNOW's: 2,357 people who first bought in twelve weeks of 1997, watched for 78. Needs are
Gamma over people and Poisson in time, fitted by maximum likelihood to the first 39 weeks; then
people draw needs on the engine and buy at one shop, or at the sixteen of the flagship. Both sides
are samples, and a standard error holds both: that of 2,357 customers is nearly all of it.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from sim.check.bare_market import buy_as_needed, shops
from sim.check.buying import BgNbd, Nbd, draw_bgnbd, fit_bgnbd, fit_nbd, nbd_shares
from sim.check.flagship import AWAY, FLAGSHIP, PEOPLE, flagship, shop_cohort, shop_log
from sim.check.measured import (
    Check,
    Curve,
    Effort,
    Found,
    Point,
    curve,
    difference_point,
    mean_point,
)
from sim.check.order_log import (
    BINS,
    CDNOW,
    COHORT,
    HORIZON,
    LAST,
    Log,
    Repeats,
    count_repeats,
    first_days,
    joined_within,
    make_log,
    read_log,
    share_errors,
    shares,
)
from sim.errors import ScenarioError, Where
from sim.study import words

FAMILY = "repeat buying"
MISSING = "needs data/cdnow/CDNOW_sample.txt, which is not here"
PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426, -9582.43)
"""CDNOW's first 39 weeks (Fader, Hardie & Lee 2005, table 2); weeks."""

NONE = 0.5737864
"""P(no repeat in 39 weeks) of these parameters, as the package lifetimes tests it."""

NAMES = ("r", "alpha", "a", "b")

TIMES = 42
"""Simulated people for each customer of the log, in the full suite."""

NOBODY_LEAVES = (
    "needs go on for ever, where of CDNOW's customers some left for good after every purchase"
    " (BG/NBD): they bought sooner after joining, and less later"
)


def bgnbd(effort: Effort) -> Found:
    """Fit the BG/NBD to CDNOW, and to customers drawn from known parameters."""
    if not CDNOW.exists():
        return Found((), skipped=MISSING)
    log = read_log()
    seen = count_repeats(log, first_days(log, int(log.who.max()) + 1))
    fit = fit_bgnbd(seen)
    points = [
        Point(f"CDNOW: {name}", want, round(got, 3))
        for name, want, got in zip(NAMES, PUBLISHED[:4], fit[:4], strict=True)
    ]
    points.append(Point("CDNOW: log-likelihood", PUBLISHED.fit, round(fit.fit, 2)))
    none = round(PUBLISHED.none(39), 7)
    points.append(Point("CDNOW: P(no repeat in 39 weeks)", NONE, none))
    age = np.resize(seen.age, effort.runs(40_000, least=10_000))
    luck = np.random.default_rng(effort.seed)
    drawn = fit_bgnbd(draw_bgnbd(PUBLISHED, age, luck))
    each = zip(NAMES, PUBLISHED[:4], drawn[:4], drawn.errors, strict=True)
    points += [
        Point(f"drawn: log of {name}", math.log(want), math.log(got), error)
        for name, want, got, error in each
    ]
    weeks, name = np.arange(0.0, 79.0), "expected (equation 9)"
    for week in (13, 26, 39, 52, 78):
        x = draw_bgnbd(PUBLISHED, np.full(len(age), float(week)), luck).x
        want = float(PUBLISHED.expected(weeks[week : week + 1])[0])
        points.append(mean_point(f"drawn: repeats in {week} weeks", want, x, week, name))
    line = curve(name, weeks.tolist(), PUBLISHED.expected(weeks).tolist())
    return Found(tuple(points), "weeks as a customer", "repeats a customer", (line,))


def one_shop(
    needs: Nbd, entry: np.ndarray, days: int, times: int, seed: int
) -> tuple[Log, np.ndarray]:
    """Let ``times`` people for each customer need things and buy them at one shop; return their
    log, and the days from which each counts as a customer: those of the customers.

    Joining has nothing to do with the rate of a person's needs (docs/calibration.md).
    """
    people = times * len(entry)
    rate = {"gamma": {"mean": needs.mean_per_day, "shape": needs.r}}
    world = shops(1, people, seed, consumers={"need_rate": rate})
    bought = list(buy_as_needed(world, days))
    when = np.repeat(np.arange(days), [len(who) for who in bought])
    return make_log(np.concatenate(bought), when), np.resize(entry, people)


def as_often(seen: Repeats, made: Repeats) -> list[Point]:
    """Hold the histogram of simulated repeats, and their mean, against that of the log."""
    data, ours = shares(seen.x), shares(made.x)
    errors = share_errors(data, len(seen.x)), share_errors(ours, len(made.x))
    points = [
        Point(
            words.count(n, "repeat") if n < BINS - 1 else f"{n} repeats and more",
            float(data[n]),
            float(ours[n]),
            float(math.hypot(errors[0][n], errors[1][n])),
            n,
            "the log",
        )
        for n in range(BINS)
    ]
    return [*points, difference_point("repeats a customer", _mean(seen.x), _mean(made.x))]


def _mean(x: np.ndarray) -> tuple[float, float]:
    """Return a mean with its standard error."""
    return float(x.mean()), float(x.std(ddof=1) / math.sqrt(len(x)))


def repeats(effort: Effort) -> Found:
    """Measure how often people come back with needs fitted to CDNOW."""
    return own_repeats(effort) if CDNOW.exists() else Found((), skipped=MISSING)


def own_repeats(
    effort: Effort, *, log: str = "", weeks: int = 39, joining: int = 12, times: int = TIMES
) -> Found:
    """Fit needs to the first weeks of an order log (CDNOW's if left out), of the customers who
    joined in its first weeks, and measure how often people come back with them."""
    given, seen, needs = _fitted(log, weeks, joining)
    if not 1 <= times <= 10_000:
        raise ScenarioError(Where("--times"), f"{times} people a customer", "1 to 10,000")
    count, days = effort.runs(times, least=8), 7 * weeks
    made, entry = one_shop(needs, seen.entry, days, count, effort.seed)
    ours = count_repeats(made, entry, days - 1)
    names = range(BINS)
    curves = (
        curve("the log", names, shares(seen.x).tolist()),
        curve("NBD", names, nbd_shares(needs.r, needs.alpha, seen.age).tolist()),
    )
    rate = f"{{gamma: {{mean: {needs.mean_per_day:.3g}, shape: {needs.r:.3g}}}}}"
    note = (
        f"{len(seen.x):,} customers of the log against {len(ours.x):,} people. As a scenario, if"
        f" every need comes back to the shop: need_rate: {rate}. {given}"
    )
    x_title = f"repeats until the end of week {weeks} ({BINS - 1}: or more)"
    return Found(tuple(as_often(seen, ours)), x_title, "share of customers", curves, note=note)


def _fitted(path: str, weeks: int, joining: int) -> tuple[str, Repeats, Nbd]:
    """Return words about an order log, the repeats in its first weeks, and needs fitted to them."""
    whole = read_log(Path(path) if path else CDNOW)
    if not 1 <= joining < weeks <= 520:
        raise ScenarioError(
            Where("--weeks, --joining"),
            f"{weeks}, {joining}",
            "up to 520 weeks, fewer in which customers join",
        )
    if whole.day.max() < 7 * weeks - 7:
        last = f"ends in week {whole.day.max() // 7 + 1}"
        raise ScenarioError(Where(path or str(CDNOW)), last, f"at least {weeks} (--weeks)")
    log = joined_within(whole, 7 * joining)
    people = int(log.who.max()) + 1
    seen = count_repeats(log, first_days(log, people), 7 * weeks - 1)
    if people < 100 or seen.x.max() < 2:
        raise ScenarioError(
            Where(path or str(CDNOW)),
            f"{people} customers who joined in {joining} weeks, {seen.x.sum()} repeats",
            "at least 100, and one who came back twice",
        )
    left_out = int(whole.who.max()) + 1 - people
    said = f"{left_out:,} who joined later are left out." if left_out else ""
    return said, seen, fit_nbd(seen)


def repeats_later(effort: Effort) -> Found:
    """Measure repeats week by week, half of the weeks being unknown to the fit."""
    if not CDNOW.exists():
        return Found((), skipped=MISSING)
    log, (_, seen, needs) = read_log(), _fitted("", 39, 12)
    times = effort.runs(TIMES, least=8)
    made, entry = one_shop(needs, seen.entry, HORIZON, times, effort.seed)
    points = []
    for week, why in ((13, NOBODY_LEAVES), (26, NOBODY_LEAVES), (39, ""), (52, ""),
                      (65, NOBODY_LEAVES), (78, NOBODY_LEAVES)):  # fmt: skip
        data, ours = (_until(*side, week) for side in ((log, seen.entry), (made, entry)))
        label = f"repeats a customer until week {week}{', not fitted' if week > 39 else ''}"
        error = math.hypot(data[1], ours[1])
        points.append(Point(label, data[0], ours[0], error, week, "CDNOW", miss=why))
    return Found(
        tuple(points),
        "week (fitted until the 39th)",
        "repeats a customer so far",
        _weekly(log, seen, needs),
        note="What is missing is leaving: the BG/NBD, fitted to the same 39 weeks, has"
        f" {_of_the_log(log, seen):.0%} of CDNOW's repeats in week 78.",
    )


def _until(log: Log, entry: np.ndarray, week: int) -> tuple[float, float]:
    """Return repeats a customer up to the end of a week, and the standard error."""
    return _mean(count_repeats(log, entry, np.maximum(entry, 7 * week - 1)).x)


def _weekly(log: Log, seen: Repeats, needs: Nbd) -> tuple[Curve, ...]:
    """Return cumulative repeats of the log and of the two models fitted to it."""
    weeks = range(HORIZON // 7 + 1)
    leaving, ages = fit_bgnbd(seen), [np.maximum(7 * w - 1 - seen.entry, 0) / 7 for w in weeks]
    data = [_until(log, seen.entry, week)[0] for week in weeks]
    return (
        curve("CDNOW", weeks, data),
        curve("NBD: nobody leaves", weeks, [7 * needs.mean_per_day * a.mean() for a in ages]),
        curve("BG/NBD: some leave", weeks, [leaving.expected(a).mean() for a in ages]),
    )


def _of_the_log(log: Log, seen: Repeats) -> float:
    """Return the repeats that the BG/NBD expects in the whole time, over those of the log."""
    age = (HORIZON - 1 - seen.entry) / 7
    return float(fit_bgnbd(seen).expected(age).mean() / _until(log, seen.entry, 78)[0])


def shop_repeats(effort: Effort) -> Found:
    """Measure how often customers of a shop of the flagship come back to it, until 39 weeks after
    the first could join."""
    if not CDNOW.exists() or not FLAGSHIP.exists():
        return Found((), skipped=AWAY if CDNOW.exists() else MISSING)
    if effort.quick:
        return Found((), skipped="left to the full suite: fewer people come back less often")
    data = read_log()
    seen = count_repeats(data, first_days(data, int(data.who.max()) + 1))
    market = flagship(PEOPLE, LAST + 1, effort.seed)
    log, pairs = shop_log(market, LAST + 1)
    market.close()
    made, _ = shop_cohort(log, pairs)
    names = range(BINS)
    return Found(
        tuple(as_often(seen, made)),
        f"repeats at the shop in 39 weeks ({BINS - 1}: or more)",
        "share of customers",
        (curve("the log", names, shares(seen.x).tolist()),),
        note=f"{len(made.x):,} customers of sixteen shops who first bought in weeks 1 to"
        f" {COHORT // 7}; the mean of their needs was chosen to match who never comes back.",
    )


CHECKS = (
    Check(
        "bgnbd",
        FAMILY,
        "Customers who buy until they leave are fitted to the published digits, and found again"
        " where they were drawn.",
        "Fader, Hardie & Lee 2005, table 2; tests of the package lifetimes",
        bgnbd,
    ),
    Check(
        "repeats",
        FAMILY,
        "With needs fitted to an order log, people come back as often as its customers did.",
        "order log of CDNOW, 39 weeks (Fader & Hardie 2001); NBD of Ehrenberg 1959",
        repeats,
        own_repeats,
        "empirical input",
    ),
    Check(
        "repeats-later",
        FAMILY,
        "With these needs people have bought as much after a year, three months of which were not"
        " fitted.",
        "order log of CDNOW, 78 weeks (Fader & Hardie 2001)",
        repeats_later,
        None,
        "empirical output",
    ),
    Check(
        "shop-repeats",
        FAMILY,
        "Customers of a shop among sixteen come back to it as CDNOW's customers did.",
        "order log of CDNOW, 39 weeks (Fader & Hardie 2001)",
        shop_repeats,
        None,
        "empirical output",
    ),
)
