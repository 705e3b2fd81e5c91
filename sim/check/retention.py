"""Family: retention: customers who have stayed longer stay surer.

The shifted beta-geometric curve (Fader & Hardie 2007) against the customers it was published for;
the curve that reports extrapolate by, against curves and cohorts of known parameters; and people of
the market themselves, of whom nobody changes: who buys often is who is left.
"""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln

from sim.check.bare_market import buy_as_needed, shops
from sim.check.flagship import AWAY, FLAGSHIP, PEOPLE, flagship, shop_log
from sim.check.measured import (
    Check,
    Curve,
    Effort,
    Found,
    Pairs,
    Point,
    curve,
    mean_point,
    share_point,
)
from sim.check.order_log import Log, first_days, make_log
from sim.study.lifetime import fitted, survival

FAMILY = "retention"
FIT = 7
"""Years that the published parameters were fitted to; the others were left out."""

SEGMENTS = {
    "regular": (
        (0.704, 1.182),
        (0.631, 0.468, 0.382, 0.326, 0.289, 0.262, 0.241, 0.223, 0.207, 0.194, 0.183, 0.173),
    ),
    "high end": (
        (0.668, 3.806),
        (0.869, 0.743, 0.653, 0.593, 0.551, 0.517, 0.491, 0.468, 0.445, 0.427, 0.409, 0.394),
    ),
}
"""Published alpha and beta, and who was still a customer after 1, 2, ... 12 years, of two segments
of subscribers (Fader & Hardie 2007; data of Berry & Linoff 2004)."""

CUSTOMERS = 1_000
"""Customers behind each survival curve, as Fader & Hardie count them."""

CURVES = ((0.704, 1.182), (0.668, 3.806), (2.0, 8.0), (0.2, 0.6))
"""Alpha and beta of curves that must be found again."""

DRAWN = CURVES[:1]
"""Those of which cohorts are drawn, too."""

QUARTER = 91
NEEDS = (0.0091, 0.385)
"""Needs a day and shape of the Gamma: CDNOW's shape, twice its mean, so that some buy in all
quarters."""


def closed_form(alpha: float, beta: float, length: int) -> np.ndarray:
    """Return S(0), S(1), ... as a ratio of Beta functions: B(alpha, beta + t) / B(alpha, beta)."""
    t = np.arange(length)
    return np.asarray(np.exp(betaln(alpha, beta + t) - betaln(alpha, beta)))


def most_likely(kept: np.ndarray) -> tuple[float, float]:
    """Return the alpha and beta that make it most likely that such shares of customers are left,
    float64[T], after 1 ... T periods."""
    whole = np.concatenate([[1.0], kept])

    def unlikely(at: np.ndarray) -> float:
        left = survival(float(np.exp(at[0])), float(np.exp(at[1])), len(whole))
        return float(np.diff(whole) @ np.log(-np.diff(left)) - whole[-1] * np.log(left[-1]))

    found = minimize(unlikely, np.zeros(2), method="BFGS", options={"gtol": 1e-10})
    alpha, beta = np.exp(found.x)
    return float(alpha), float(beta)


def subscribers(effort: Effort) -> Found:
    """Fit the curve to seven years of two segments, and forecast five more."""
    points, curves = [], []
    for name, (published, kept) in SEGMENTS.items():
        got = most_likely(np.array(kept[:FIT]))
        for letter, want, found in zip(("alpha", "beta"), published, got, strict=True):
            points.append(Point(f"{name}: {letter}", want, round(found, 3)))
        curve_of = survival(*got, len(kept) + 1)
        for year, left in list(enumerate(kept, 1))[FIT:]:
            error = math.sqrt(left * (1 - left) / CUSTOMERS)
            label = f"{name}: left after {year} years, not fitted"
            points.append(Point(label, left, float(curve_of[year]), error, year, name))
        curves.append(curve(name, range(len(kept) + 1), curve_of.tolist()))
    cloud = tuple(
        (float(year), left)
        for _, kept in SEGMENTS.values()
        for year, left in enumerate(kept[:FIT], 1)
    )
    note = f"Small dots: the {FIT} years that were fitted."
    return Found(tuple(points), "years", "share of customers left", tuple(curves), cloud, note)


def _forecast(whole: np.ndarray, ahead: int, luck: np.random.Generator) -> float:
    """Draw a million customers who fade as the curve float64[n] does; return which share of them
    the fitted curve says is left after ``ahead`` months."""
    left = [1_000_000]
    for chance in whole[1:] / whole[:-1]:
        left.append(int(luck.binomial(left[-1], chance)))
    level, alpha, beta = fitted(np.array(left) / left[0], np.ones(len(left)))
    return float(level * survival(alpha, beta, ahead + 1)[-1])


def known_curves(effort: Effort) -> Found:
    """Fit curves of known parameters as the report does, and cohorts drawn from them."""
    points, curves, luck = [], [], np.random.default_rng(effort.seed)
    runs, length, ahead = effort.runs(100, least=40), 13, 36
    for alpha, beta in CURVES:
        name = f"alpha {alpha:g}, beta {beta:g}"
        whole = closed_form(alpha, beta, ahead + 1)
        found = fitted(40.0 * whole[:length], np.ones(length))
        for letter, want, got in zip(
            ("level", "alpha", "beta"), (40.0, alpha, beta), found, strict=True
        ):
            points.append(Point(f"{name}: {letter}", want, round(got, 5)))
        curves.append(curve(name, range(ahead + 1), whole.tolist()))
        if (alpha, beta) not in DRAWN:
            continue
        forecasts = [_forecast(whole[:length], ahead, luck) for _ in range(runs)]
        label = f"{name}: left after {ahead} months, a million watched for {length - 1}"
        points.append(mean_point(label, float(whole[-1]), forecasts, ahead, name))
    return Found(tuple(points), "months", "share of customers left", tuple(curves))


def staying(log: Log, start: np.ndarray, periods: int) -> np.ndarray:
    """Return int64[periods + 1]: people who bought in each of the first 0, 1, ... periods of a
    quarter from their own ``start`` day on; who starts on day -1 is left out."""
    mine = start[log.who] >= 0
    period = (log.day - start[log.who])[mine] // QUARTER
    bought = np.zeros((len(start), periods), np.bool_)
    here = (period >= 0) & (period < periods)
    bought[log.who[mine][here], period[here]] = True
    every = np.cumprod(bought, axis=1).sum(axis=0)
    return np.concatenate([[int((start >= 0).sum())], every])


def every_period(mean: float, shape: float, periods: int) -> np.ndarray:
    """Return P(a need in each of the first 0, 1, ... periods): (1 - e^(-rate x days))^t, over
    Gamma rates, by the binomial theorem."""
    return np.array(
        [
            math.fsum(
                math.comb(t, j) * (-1) ** j * (1 + j * QUARTER * mean / shape) ** -shape
                for j in range(t + 1)
            )
            for t in range(periods + 1)
        ]
    )


AXES = ("quarter as a customer", "share who buy again")


def tenure(effort: Effort) -> Found:
    """Measure how many of those who bought in every quarter so far buy in the next: of people with
    unequal needs, and of the customers of the flagship's shops."""
    people, periods, (mean, shape) = effort.runs(200_000, least=40_000), 6, NEEDS
    rate = {"gamma": {"mean": mean, "shape": shape}}
    world = shops(1, people, effort.seed, consumers={"need_rate": rate})
    bought = list(buy_as_needed(world, QUARTER * periods))
    log = make_log(
        np.concatenate(bought), np.repeat(np.arange(len(bought)), [len(who) for who in bought])
    )
    left, name = staying(log, np.zeros(people, np.int64), periods), "unequal needs, exact"
    exact = every_period(mean, shape, periods)
    rates = exact[1:] / exact[:-1]
    points = [
        share_point(
            f"quarter {t + 1}, of who bought in all before",
            float(rates[t]),
            int(left[t + 1]),
            int(left[t]),
            t + 1,
            name,
        )
        for t in range(periods)
    ]
    curves = [curve(name, range(1, periods + 1), rates.tolist())]
    if effort.quick or not FLAGSHIP.exists():
        note = "The flagship's shops are looked at in the full suite."
        return Found(tuple(points), *AXES, tuple(curves), note=note if effort.quick else AWAY)
    rising, line, seen = _in_the_flagship(effort)
    note = "Small dots: customers of the flagship's shops who first bought in the first quarter."
    return Found((*points, *rising), *AXES, (*curves, line), seen, note)


def _in_the_flagship(effort: Effort) -> tuple[list[Point], Curve, Pairs]:
    """Return how much surer customers are in each quarter than in that before, the retention of the
    curve fitted to them, and what was seen."""
    days = 6 * QUARTER
    market = flagship(PEOPLE, days, effort.seed)
    log, pairs = shop_log(market, days)
    market.close()
    first = first_days(log, pairs)
    start = np.where(first < QUARTER, first + 1, -1)
    left = staying(log, start, days // QUARTER - 1)
    rates = left[1:] / left[:-1]
    errors = np.sqrt(rates * (1 - rates) / left[:-1])
    points = [
        Point(
            f"flagship: quarter {t + 2} less quarter {t + 1}",
            0.0,
            float(rates[t + 1] - rates[t]),
            float(math.hypot(errors[t], errors[t + 1])),
            upto=math.inf,
        )
        for t in range(len(rates) - 1)
    ]
    _, alpha, beta = fitted(left / left[0], np.ones(len(left)))
    kept = survival(alpha, beta, len(left))
    quarters = range(1, len(left))
    line = curve(
        "customers of the flagship's shops, fitted", quarters, (kept[1:] / kept[:-1]).tolist()
    )
    return points, line, tuple(zip(map(float, quarters), rates.tolist(), strict=True))


CHECKS = (
    Check(
        "subscribers",
        FAMILY,
        "Subscribers fade as the shifted beta-geometric curve says, five years ahead.",
        "Fader & Hardie 2007: alpha, beta and the share left of two segments",
        subscribers,
        None,
        "empirical output",
    ),
    Check(
        "retention-curve",
        FAMILY,
        "The curve by which reports extrapolate finds the parameters of customers it is shown.",
        "closed form: a ratio of Beta functions; binomial cohorts",
        known_curves,
    ),
    Check(
        "tenure",
        FAMILY,
        "Who has bought for longer is surer to buy again, though nobody changes.",
        "Gamma rates in closed form; Fader & Hardie 2007: retention rises with tenure",
        tenure,
        None,
        "macro-face",
    ),
)
