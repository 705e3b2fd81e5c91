"""Comparisons → one self-contained HTML page: the answer, how sure, why, elsewhere, the rest."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from sim.study import palette, words
from sim.study.compare import boards, claims, pictures, sheets
from sim.study.compare.conduct import Comparison
from sim.study.compare.precision import SEQUENTIAL
from sim.study.compare.scales import scale_of
from sim.study.figure import Figure
from sim.study.formulas import MEASURES
from sim.study.pages import TEMPLATES, environment
from sim.study.report import as_json, marked, theme_css, token
from sim.study.rows import Sheet

DRIVERS = (
    ("gross_cac", "paid {a} instead of {b} for a new customer"),
    ("customer_value", "earned {a} instead of {b} on a new customer"),
    ("new_customers", "won {a} instead of {b}"),
    ("repurchase", "had {a} instead of {b} of orders repeated"),
    ("owned_share", "had {a} instead of {b} of orders without a paid touch"),
)
"""What may go with a lead, and how it is said; ``a`` is the leader."""

METHOD = (
    "Arms are paired by common random numbers: a run draws its luck by seed, person and decision,"
    " so all arms of one seed meet the same people, needs and tastes. Differences are taken seed by"
    " seed.",
    "Intervals are BCa bootstrap intervals over seeds; p-values are those of the paired t test (of"
    " the sign test where nothing varies), corrected by Holm over all pairs and variants of a"
    " market. One strategy is called better only where the interval does not hold 0 and the"
    " corrected p-value is at most 5 %. Several markets are several families: no correction runs"
    " across them.",
    "With few seeds bootstrap intervals are too narrow: for normal differences the 95 % interval"
    " held the truth in 83 % of experiments with 5 seeds, 91 % with 10 and 20, and 94 % with 40.",
    "The intervals cover chance, nothing else. They do not say that the model is right, that its"
    " settings fit a market, or that a strategy with other settings would do the same.",
)
"""What a reader must know about the intervals; the coverage is measured (docs/compare.md)."""


class Shown(NamedTuple):
    """A figure with the table that belongs below it."""

    figure: Figure
    sheet: Sheet | None


def write_page(found: Sequence[Comparison], target: Path, name: str) -> Path:
    """Write the page and return its path; the file appears whole or not at all."""
    page = render(found, name)
    part = target.with_suffix(".part")
    part.write_text(page, encoding="utf-8")
    os.replace(part, target)
    return target


def render(found: Sequence[Comparison], name: str) -> str:
    """Return the page as text."""
    first = found[0]
    metric = first.asked.spec.metric
    scale = scale_of(metric, first.asked.base.scenario.currency)
    styles = palette.styles(kinds_of(found))
    markets = [(_spoken(it), it, it.outcomes.variants[0]) for it in found]
    standings = [(n, claims.standing(it.outcomes, it.asked.spec.metric, v)) for n, it, v in markets]
    verdict = claims.overall(standings)
    answer = pictures.standings("answer", markets, styles, scale)
    gaps = pictures.gaps(markets, styles, scale)
    why = _why(found, markets, styles)
    robust = _robust(markets, styles)
    shown = [answer, gaps, *(it.figure for it in why), *([robust] if robust else [])]
    shared = sheets.everywhere(markets) if len(found) > 1 else []
    board = sheets.leaderboard(markets, scale) if len(shared) > 1 else None
    env = environment()
    return env.get_template("compare.html.jinja").render(
        run={"name": name},
        title=verdict,
        kicker=_kicker(found),
        verdict=marked(verdict, styles),
        stand=_stand(markets, shared),
        answer=answer,
        gaps=gaps,
        sureness=sureness(found),
        leaderboard=board,
        markets=[_market(*row) for row in markets],
        why=why,
        robust=robust,
        robustness=robustness(found),
        sheets=[sheets.pairs_sheet(found), sheets.measures_sheet(found), sheets.runs_sheet(found)],
        measures=list(MEASURES.values()),
        method=METHOD,
        asked=[{"name": it.asked.spec.name, "text": _text(it)} for it in found],
        css=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8") + theme_css(styles)),
        js=Markup((TEMPLATES / "report.js").read_text(encoding="utf-8")),
        plotly=Markup(get_plotlyjs()),
        figures=Markup(as_json({c.name: c.plotly() for it in shown for c in it.charts})),
        themes=Markup(as_json({n: palette.theme(n, styles) for n in ("light", "dark")})),
        token=token,
    )


def kinds_of(found: Sequence[Comparison]) -> list[tuple[str, str]]:
    """Return (arm, kind of its strategy) for every arm of any comparison, each once."""
    kinds: dict[str, str] = {}
    for it in found:
        for arm, given in it.asked.spec.arms.items():
            camp = it.asked.base.scenario.merchants[it.asked.spec.focus]
            kinds.setdefault(arm, str(given.get("strategy", camp.strategy.kind)))
    return list(kinds.items())


def sureness(found: Sequence[Comparison]) -> list[str]:
    """Say how many seeds, what pairing gained, what failed, and whether stopping was sequential."""
    counts = sorted({len(it.outcomes.seeds) for it in found})
    seeds = (
        words.count(counts[0], "seed") if len(counts) == 1 else f"{counts[0]} to {counts[-1]} seeds"
    )
    where = " in every market" if len(found) > 1 else ""
    out = [
        f"Every strategy ran{where} on the same {seeds}, with the same opening money."
        + _reduced(found)
    ]
    if any(it.sequential for it in found):
        out.append(SEQUENTIAL)
    missed = [(len(it.short), it.asked.precision) for it in found if it.short]
    if missed:
        pairs = words.count(sum(number for number, _ in missed), "pair")
        out.append(f"{pairs} missed the precision of {missed[0][1]} when the cap on seeds was met.")
    failures = {reason: n for it in found for reason, n in it.failed.items()}
    for reason, number in failures.items():
        out.append(f"{words.count(number, 'run')} failed, left out: {reason}")
    return out


def _reduced(found: Sequence[Comparison]) -> str:
    factors = [
        one.reduction
        for it in found
        for one in it.outcomes.pairs(it.asked.spec.metric).values()
        if math.isfinite(one.reduction)
    ]
    if not factors:
        return ""
    middle = float(np.median(factors))
    if middle < 1.05:
        return " Pairing gained nothing here: unpaired runs would have served as well."
    return (
        f" Pairing them cut the variance of differences by a factor of {words.number(middle, 1)}"
        f" (the middle pair; {words.number(min(factors), 1)} to {words.number(max(factors), 1)}):"
        " unpaired runs would need so many times more seeds."
    )


def robustness(found: Sequence[Comparison]) -> list[str]:
    """Say for every market in how many variants its best arm is still the best."""
    out = []
    for it in found:
        metric, (first, *others) = it.asked.spec.metric, it.outcomes.variants
        if not others:
            continue
        home = claims.standing(it.outcomes, metric, first)
        there = {v: claims.standing(it.outcomes, metric, v) for v in others}
        name = _spoken(it)
        turned = [
            f"{v} ({s.leader})" for v, s in there.items() if s.sole and s.leader != home.leader
        ]
        if not home.sole:
            clear = [f"{v} ({s.leader})" for v, s in there.items() if s.sole]
            told = (
                f"a clear winner appears under: {words.listed(clear)}"
                if clear
                else "nor in any variant"
            )
            out.append(f"{name}: one cannot tell as it is; {told}.")
            continue
        holds = [v for v, s in there.items() if s.sole and s.leader == home.leader]
        unsure = [v for v, s in there.items() if not s.sole]
        parts = [f"holds under {words.listed(holds)}"] if holds else []
        parts += [f"cannot be told under {words.listed(unsure)}"] if unsure else []
        parts += [f"turns under {words.listed(turned)}"] if turned else []
        out.append(f"{name}: the lead of {home.leader} {'; '.join(parts)}.")
    return out


def _robust(markets: list[sheets.Row], styles: dict[str, palette.Style]) -> Figure | None:
    """Every market with its variants in a frame of its own: outcomes differ more between markets
    than between strategies."""
    charts, note = [], ""
    for number, (name, it, _) in enumerate(markets):
        if len(it.outcomes.variants) < 2:
            continue
        scale = scale_of(it.asked.spec.metric, it.asked.base.scenario.currency)
        rows = [(variant, it, variant) for variant in it.outcomes.variants]
        figure = pictures.standings(f"robust{number}", rows, styles, scale)
        (chart,), note = figure.charts, figure.note
        chart.title = name
        charts.append(chart)
    return Figure("", note, charts, columns=min(2, len(charts))) if charts else None


def _why(found: Sequence[Comparison], markets: list[sheets.Row], styles: Any) -> list[Shown]:
    out = []
    worth = pictures.values(markets, styles)
    if worth is not None:
        out.append(Shown(worth, None))
    course = pictures.courses(markets, styles)
    if course is not None:
        overtaking = sheets.overtaking_sheet(markets)
        out.append(Shown(course, overtaking if overtaking.rows else None))
    for it in found:
        scale = scale_of(it.asked.spec.metric, it.asked.base.scenario.currency)
        board = boards.break_even(it, styles, scale)
        if board is not None:
            out.append(Shown(board, boards.break_even_sheet(it)))
        game = boards.tournament(it, styles)
        if game is not None:
            out.append(Shown(game, sheets.payoff_sheet(it, scale)))
    return out


def _market(name: str, it: Comparison, variant: str) -> dict[str, str]:
    metric, currency = it.asked.spec.metric, it.asked.base.scenario.currency
    scale = scale_of(metric, currency)
    drivers = [
        claims.Driver(key, text, text, scale_of(key, currency).show) for key, text in DRIVERS
    ]
    return {
        "name": name,
        "question": it.asked.spec.question,
        "won": claims.who_wins(it.outcomes, metric, variant, scale.show_gap),
        "because": claims.because(it.outcomes, metric, variant, drivers),
    }


def _spoken(it: Comparison) -> str:
    return it.asked.spec.name.replace("_", " ")


def _stand(markets: list[sheets.Row], shared: Sequence[str]) -> str:
    """Say who is best on average of the arms that ran in all markets, or in the only one."""
    name, it, variant = markets[0]
    if len(shared) < 2:
        told = _market(name, it, variant)["won"]
        return told if len(markets) == 1 else f"{words.opened(name)}: {told}"
    scale = scale_of(it.asked.spec.metric, it.asked.base.scenario.currency)
    means = {arm: sheets.over_markets(markets, arm) for arm in shared}
    told = claims.on_average(
        means, scale.title[:1].lower() + scale.title[1:], scale.show, scale.show_gap
    )
    ran = {arm for _, it, _ in markets for arm in it.outcomes.arms}
    some = f"Of the {len(shared)} strategies that ran in every market, " if ran - {*shared} else ""
    return some + told if some else words.opened(told)


def _kicker(found: Sequence[Comparison]) -> list[str]:
    runs = sum(next(iter(it.outcomes.values.values())).size for it in found)
    arms = max(len(it.outcomes.arms) for it in found)
    return [
        words.count(len(found), "market"),
        f"{arms} strategies",
        f"{words.number(runs)} paired runs",
    ]


def _text(it: Comparison) -> str:
    path = Path(it.asked.file)
    return path.read_text(encoding="utf-8") if path.is_file() else str(it.asked.spec)
