"""The answer in one sentence, and how little it may claim.

Camps are compared by return on capital. A camp is called the winner only if its merchants earned
more than the runner-up's in at least ``CLEAR`` of all pairs; otherwise the difference between the
camps is small against the spread inside them, and the sentence says so. Even then one run with one
seed is an anecdote: merchants of one run share one market and one luck.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sim.study import formulas, words
from sim.study.tables import Array

CLEAR = 0.76
"""Share of pairs from which on we speak of a winner: one standard deviation between two normal
camps (Φ(1/√2) = 0.760). A convention, not a significance level."""

SMALL = 0.01
"""A gap below one hundredth of opening capital is called no gap, however even the merchants are."""

CAVEAT = "one seed is an anecdote"


def compare(camps: list[dict[str, Any]], profits: Mapping[str, Array]) -> dict[str, Any]:
    """Compare the best camp with the runner-up.

    Args:
        camps: what ``metrics.summarise`` says about each camp.
        profits: for each camp the profit of every merchant that stands for it, smallest units.

    Returns:
        ``verdict`` (``clear``, ``unclear``, ``too_few``, ``alone``, ``nobody``), ``by``
        (``capital`` or, if a camp began without money, ``money``), ``first``, ``second``,
        ``wins`` and ``pairs``.
    """
    by = "capital" if all(camp["opening_cash"] > 0 for camp in camps) else "money"
    scores = {
        camp["name"]: profits[camp["name"]] / (camp["opening_cash"] if by == "capital" else 1)
        for camp in camps
    }
    order = sorted(scores, key=lambda name: -float(np.mean(scores[name])))
    result: dict[str, Any] = {
        "verdict": "nobody",
        "by": by,
        "camps": len(order),
        "first": None,
        "second": None,
        "wins": None,
        "pairs": 0,
    }
    if not order:
        return result
    result.update(first=order[0], verdict="alone")
    if len(order) == 1:
        return result
    ours, theirs = scores[order[0]], scores[order[1]]
    wins = float(formulas.wins_in_pairs(ours, theirs))
    wide = by == "money" or float(np.mean(ours) - np.mean(theirs)) >= SMALL
    enough = min(len(ours), len(theirs)) >= 2
    verdict = "too_few" if not enough else "clear" if wins >= CLEAR and wide else "unclear"
    return {
        **result,
        "second": order[1],
        "wins": wins,
        "pairs": len(ours) * len(theirs),
        "verdict": verdict,
    }


def verdict(summary: Mapping[str, Any]) -> str:
    """Return who earned more, in a few words, without numbers."""
    found = summary["comparison"]
    first, second = found["first"], found["second"]
    if found["verdict"] == "nobody":
        return "A market without merchants"
    if not summary["market"]["orders"]:
        return "Nobody bought anything"
    if found["verdict"] == "alone":
        return f"{first} {_did(summary, first)} money, with nobody to compare it with"
    if found["verdict"] == "clear":
        more = "more" if _did(summary, first) == "made" else "less"
        return f"{first} {_did(summary, first, 'earned')} {more} {_each(summary)} than {second}"
    among = "" if found["camps"] == 2 else f" among {words.counted(found['camps'])} camps"
    return f"No clear winner{among}"


def details(summary: Mapping[str, Any]) -> list[str]:
    """Return the numbers behind the verdict as clauses: return, insolvency, cost of a customer.

    With many camps only the best ``words.NAMED`` are named; the tables have the rest.
    """
    ranked = _ranked(summary)
    if not ranked:
        return [f"{words.count(summary['market']['needs'], 'need')} arose and nobody served them"]
    return [
        clause
        for clause in (
            _earned(summary, ranked[: words.NAMED]),
            _insolvent(ranked),
            _cost(summary, ranked[: words.NAMED]),
        )
        if clause
    ]


def _earned(summary: Mapping[str, Any], camps: list[dict[str, Any]]) -> str:
    over = f"over {words.count(summary['run']['days'], 'day')}"
    best = (
        f" (the best of {summary['comparison']['camps']} camps)"
        if (len(camps) < summary["comparison"]["camps"])
        else ""
    )
    if summary["comparison"]["by"] == "capital":
        told = [f"{c['name']} merchants {_returned(c['return_on_capital'])}" for c in camps]
        return f"{over} {words.listed(told)} on opening capital{best}"
    told = [
        f"{c['name']} {words.money(c['profit_per_merchant']['mean'], _c(summary))}" for c in camps
    ]
    return f"{over} profit per merchant was {words.listed(told)}{best}"


def _insolvent(camps: list[dict[str, Any]]) -> str:
    alive, came = (sum(camp[key] for camp in camps) for key in ("alive", "merchants"))
    if alive == came:
        return "nobody became insolvent"
    if len(camps) > words.NAMED:
        return f"insolvent: {came - alive} of {came} merchants"
    told = [f"{c['merchants'] - c['alive']} of {c['merchants']} {c['name']}" for c in camps]
    return f"insolvent: {words.listed(told)}"


def _cost(summary: Mapping[str, Any], camps: list[dict[str, Any]]) -> str:
    told = [
        f"{c['name']} {words.money(c['gross_cac'], _c(summary))}"
        for c in camps
        if not words.absent(c["gross_cac"])
    ]
    return f"a new customer cost {words.listed(told)}" if told else ""


def sentence(summary: Mapping[str, Any]) -> str:
    """Return the one sentence of ``summary.json``: verdict, numbers, caveat."""
    return f"{verdict(summary)}: {'; '.join([*details(summary), CAVEAT])}."


def sureness(summary: Mapping[str, Any]) -> str:
    """Return how sure one can be, in two or three sentences."""
    found = summary["comparison"]
    anecdote = (
        "This is one run with one seed: an anecdote. Merchants of one run share one market"
        " and one luck, so even a wide gap may close with another seed."
    )
    if found["verdict"] in ("nobody", "alone"):
        return anecdote
    a, b = found["first"], found["second"]
    if found["verdict"] == "too_few":
        return f"{anecdote} With a single merchant in a camp there is no spread to judge a gap by."
    won = words.number(found["wins"] * found["pairs"], 0)
    pairs = (
        f"In {won} of {words.count(found['pairs'], 'pair')} of one {a} and one {b} merchant,"
        f" the {a} merchant did better"
    )
    if found["verdict"] == "clear":
        return f"{anecdote} Inside this run the camps lie apart: {pairs[0].lower()}{pairs[1:]}."
    if found["wins"] >= CLEAR:
        return (
            f"{anecdote} {pairs}, but the gap between the camps is below one hundredth of"
            " opening capital, which is too little to call."
        )
    return (
        f"{anecdote} Even inside this run the gap between the camps is small against the spread"
        f" inside them: {pairs[0].lower()}{pairs[1:]}."
    )


def _ranked(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the camps, the best first."""
    by = "return_on_capital" if summary["comparison"]["by"] == "capital" else None
    return sorted(
        summary["camps"],
        key=lambda camp: -(camp[by] if by else camp["profit_per_merchant"]["mean"]),
    )


def _each(summary: Mapping[str, Any]) -> str:
    """Return what the comparison is per: with equal purses that is the same for every merchant."""
    purses = {camp["opening_cash"] for camp in summary["camps"]}
    return (
        "per merchant"
        if len(purses) == 1 or summary["comparison"]["by"] == "money"
        else ("on its capital")
    )


def _c(summary: Mapping[str, Any]) -> str:
    return str(summary["run"]["currency"])


def _did(summary: Mapping[str, Any], name: str, gained: str = "made") -> str:
    mean = next(c["profit_per_merchant"]["mean"] for c in summary["camps"] if c["name"] == name)
    return gained if mean >= 0 else "lost"


def _returned(value: float) -> str:
    return f"{'made' if value >= 0 else 'lost'} {words.share(abs(value))}"
