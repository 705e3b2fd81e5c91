"""Calibrate ``consumers.need_rate`` to CDNOW: ``python -m benchmarks.calibration.cdnow``.

Prints what docs/calibration.md shows and draws its pictures. ``--market`` instead runs the flagship
and counts who comes back to the same shop (about a minute for each mean).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.calibration import picture
from benchmarks.calibration.needs import (
    Needs,
    draw_needs,
    first_need_cohort,
    joining_like,
)
from benchmarks.calibration.selection import (
    SMALL,
    contrast,
    first_need_likelihood,
    first_need_many,
    first_need_none,
    fit_first_need,
    pin_first_need,
    timing,
)
from sim.check.buying import Nbd, fit_bgnbd, fit_nbd, nbd_shares
from sim.check.flagship import FLAGSHIP, shop_cohort, shop_log
from sim.check.order_log import (
    BINS,
    CDNOW,
    HORIZON,
    Log,
    Repeats,
    count_repeats,
    first_days,
    read_log,
    share_errors,
    shares,
)
from sim.engine.model import Market
from sim.scenario.load import load

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "pictures"
ONE_SHOP = Needs(mean=0.00455, shape=0.385)
"""The maximum-likelihood fit, rounded: what the needs of one shop's customers look like."""

FITTED = 39


def main() -> None:
    arguments = _arguments()
    if not CDNOW.exists():
        raise SystemExit(f"the order log is missing: {CDNOW.relative_to(ROOT)}")
    log = read_log()
    people = int(log.who.max()) + 1
    entry = first_days(log, people)
    repeats = count_repeats(log, entry)
    if arguments.market:
        _say(in_the_market(repeats, arguments))
        return
    within = count_repeats(log, entry, entry + 273)
    nbd = fit_nbd(repeats)
    _say(fitted(repeats, nbd))
    count = people * arguments.times
    made = draw_needs(ONE_SHOP, count, arguments.seed)
    joined = joining_like(entry, count)
    simulated = count_repeats(made, joined)
    _say(compared(repeats, within, nbd, simulated, count_repeats(made, joined, joined + 273)))
    weeks = cumulative(log, entry), cumulative(made, joined) / arguments.times
    _say(held_out(*weeks, log, entry))
    none = float((within.x == 0).mean())
    _say(readings(repeats, none, nbd, first_need_cohort(made, count)))
    PICTURES.mkdir(parents=True, exist_ok=True)
    seen = shares(repeats.x)
    bars = picture.histogram(seen, share_errors(seen, people), shares(simulated.x))
    (PICTURES / "cdnow.svg").write_text(bars, encoding="utf-8")
    lines = picture.weekly(*weeks, FITTED)
    (PICTURES / "cdnow_weeks.svg").write_text(lines, encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--times", type=int, default=42, help="simulated people per customer")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--market", action="store_true", help="run the flagship instead")
    parser.add_argument("--scenario", type=Path, default=FLAGSHIP)
    parser.add_argument(
        "--means",
        type=float,
        nargs="+",
        default=[0.02, 0.03, 0.045],
        help="means of need_rate that --market tries [needs a day]",
    )
    return parser.parse_args()


def _say(lines: Iterator[str]) -> None:
    for line in lines:
        print(line, flush=True)
    print()


def fitted(repeats: Repeats, nbd: Nbd) -> Iterator[str]:
    """Show the two models fitted to the first 39 weeks."""
    bgnbd = fit_bgnbd(repeats)
    yield f"Fitted to {len(repeats.x):,} customers, {repeats.x.sum():,} repeats in 39 weeks"
    yield "| model | parameters (weeks) | log-likelihood | P(no repeat in 39 weeks) |"
    yield "|---|---|---|---|"
    yield (
        f"| BG/NBD (with leaving) | r {bgnbd.r:.3f}, α {bgnbd.alpha:.3f}, a {bgnbd.a:.3f},"
        f" b {bgnbd.b:.3f} | {bgnbd.fit:,.2f} | {bgnbd.none(39):.4f} |"
    )
    yield (
        f"| NBD (Gamma needs) | r {nbd.r:.4f} ± {nbd.r_error:.4f},"
        f" α {nbd.alpha:.2f} ± {nbd.alpha_error:.2f} | {nbd.fit:,.2f} | {nbd.none(39):.4f} |"
    )
    yield f"As a scenario: gamma: {{mean: {nbd.mean_per_day:.6f}, shape: {nbd.r:.4f}}}"


def compared(
    data: Repeats, data_full: Repeats, nbd: Nbd, simulated: Repeats, simulated_full: Repeats
) -> Iterator[str]:
    """Show the histogram of data, closed form and simulation, each with its standard error."""
    yield f"need_rate: gamma {{mean: {ONE_SHOP.mean}, shape: {ONE_SHOP.shape}}}; joining by chance"
    yield f"{len(simulated.x):,} people simulated; ± standard error"
    seen, made = shares(data.x), shares(simulated.x)
    closed = nbd_shares(nbd.r, nbd.alpha, data.age)
    rows = [(str(n) if n < BINS - 1 else f"{n}+", seen[n], closed[n], made[n]) for n in range(BINS)]
    rows.append(
        (
            "none in 39 weeks of one's own",
            (data_full.x == 0).mean(),
            nbd.none(39),
            (simulated_full.x == 0).mean(),
        )
    )
    yield "| repeats | CDNOW | NBD | simulated | difference |"
    yield "|---|---|---|---|---|"
    for name, a, b, c in rows:
        first, last = (
            share_errors(np.array([a]), len(data.x)),
            share_errors(np.array([c]), len(simulated.x)),
        )
        yield (
            f"| {name} | {a:.4f} ± {first[0]:.4f} | {b:.4f} | {c:.4f} ± {last[0]:.4f}"
            f" | {c - a:+.4f} |"
        )
    expected = closed * len(data.x)
    misfit = float(np.sum((seen * len(data.x) - expected) ** 2 / expected))
    yield (
        f"mean repeats: CDNOW {data.x.mean():.4f}, simulated {simulated.x.mean():.4f};"
        f" misplaced share {np.abs(seen - made).sum() / 2:.4f};"
        f" chi-square of the NBD {misfit:.1f} on {BINS - 3} degrees of freedom"
    )


def cumulative(log: Log, entry: np.ndarray) -> np.ndarray:
    """Return float64[79]: repeats up to the end of each week, from week 0."""
    day = log.day[log.day > entry[log.who]]
    weekly = np.bincount(day // 7, minlength=HORIZON // 7).astype(float)
    return np.concatenate([[0.0], np.cumsum(weekly)])


def held_out(data: np.ndarray, simulated: np.ndarray, log: Log, entry: np.ndarray) -> Iterator[str]:
    """Show cumulative repeats; weeks after the 39th were not fitted."""
    yield "| week | CDNOW | simulated | difference |"
    yield "|---|---|---|---|"
    for week in (13, 26, 39, 52, 65, 78):
        total = count_repeats(log, entry, 7 * week - 1 + np.zeros_like(entry)).x
        error = np.sqrt(len(total)) * total.std(ddof=1)
        yield (
            f"| {week} | {data[week]:,.0f} ± {error:,.0f} | {simulated[week]:,.0f}"
            f" | {simulated[week] / data[week] - 1:+.1%} |"
        )
    later = data[-1] - data[FITTED], simulated[-1] - simulated[FITTED]
    yield (
        f"weeks 40 to 78 alone: CDNOW {later[0]:,.0f}, simulated {later[1]:,.0f}"
        f" ({later[1] / later[0] - 1:+.1%})"
    )


def readings(data: Repeats, within: float, nbd: Nbd, simulated: Repeats) -> Iterator[str]:
    """Show why joining is read as chance and not as a person's first need."""
    yield "Who becomes a customer?"
    yield (
        "| reading | customers' rates | log-likelihood | P(no repeat in 39 weeks)"
        " | 7 and more until week 39 |"
    )
    yield "|---|---|---|---|---|"
    yield f"| CDNOW | | | {within:.3f} | {shares(data.x)[-1]:.4f} |"
    many = nbd_shares(nbd.r, nbd.alpha, data.age)[-1]
    yield (
        f"| chance | Gamma({nbd.r:.3f}, {nbd.alpha:.1f}) | {nbd.fit:,.1f}"
        f" | {nbd.none(39):.3f} | {many:.4f} |"
    )
    pinned = pin_first_need(SMALL, nbd.none(39), data.entry, 39)
    tries = [("best α", r, fit_first_need(data, r)) for r in (SMALL, 0.1, nbd.r)]
    tries += [("α for 0.574", SMALL, pinned), ("*chance*'s α", nbd.r, nbd.alpha)]
    for name, r, alpha in tries:
        yield (
            f"| first need, r {r:.3f}, {name} | Gamma({r + 1:.3f}, {alpha:.1f} + τ)"
            f" | {first_need_likelihood(r, alpha, data):,.1f}"
            f" | {first_need_none(r, alpha, data.entry, 39):.3f}"
            f" | {first_need_many(r, alpha, data):.4f} |"
        )
    seen = shares(simulated.x)
    yield (
        f"simulated, *chance*'s Gamma, {len(simulated.x):,} people with a first need in weeks"
        f" 1-12: {seen[0]:.3f} none until week 39, {seen[-1]:.3f} 7 and more"
    )
    yield ""
    yield "Mean week of joining by number of repeats"
    yield "| repeats | customers | CDNOW | by first need | simulated first needs |"
    yield "|---|---|---|---|---|"
    for row, made in zip(timing(data), timing(simulated), strict=True):
        yield (
            f"| {row.repeats} | {row.customers:,} | {row.seen:.2f} ± {row.error:.2f}"
            f" | {row.first_need:.2f} | {made.seen:.2f} ± {made.error:.2f} |"
        )
    seen, error, expected = contrast(data)
    yield (
        f"customers who came back joined {seen:.2f} ± {error:.2f} weeks sooner;"
        f" by first need {expected:.2f} ({(expected - seen) / error:.1f} standard errors off)"
    )


def in_the_market(data: Repeats, arguments: argparse.Namespace) -> Iterator[str]:
    """Run the flagship and count who comes back to the same shop, as CDNOW did."""
    yield f"{arguments.scenario.name}, seed {arguments.seed}, shape {ONE_SHOP.shape}"
    yield (
        "| mean a day | first order in | customers | none until week 39 | none in 39 weeks of"
        " one's own | 7+ | misplaced share | implied share of needs that return |"
    )
    yield "|---|---|---|---|---|---|---|---|"
    seen = shares(data.x)
    for mean in arguments.means:
        needs = f"consumers.need_rate={{gamma: {{mean: {mean}, shape: {ONE_SHOP.shape}}}}}"
        market = Market(
            load(arguments.scenario, [needs]),
            seed=arguments.seed,
            days=HORIZON,
            threads=2,
            collect=False,
        )
        log, pairs = shop_log(market)
        for start, name in ((0, "weeks 1-12"), (182, "weeks 27-38")):
            until, full = shop_cohort(log, pairs, start)
            share, none = shares(until.x), float((full.x == 0).mean())
            yield (
                f"| {mean} | {name} | {len(until.x):,} | {share[0]:.3f} | {none:.3f}"
                f" | {share[-1]:.3f} | {np.abs(share - seen).sum() / 2:.3f}"
                f" | {returning(Needs(mean, ONE_SHOP.shape), none):.2f} |"
            )


def returning(needs: Needs, none: float) -> float:
    """Return the share s of a person's needs that come back to the shop they bought from, if
    P(no repeat in 39 weeks) = (1 + s mean 273 / shape)^-shape is ``none``."""
    return float((none ** (-1 / needs.shape) - 1) * needs.shape / (needs.mean * 273))


if __name__ == "__main__":
    main()
