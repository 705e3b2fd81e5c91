"""From arms, variants and mixes to changes of the scenario, all with the same money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from sim.errors import ScenarioError, Where, did_you_mean
from sim.scenario.checked import Loaded
from sim.scenario.firms import STRATEGIES, UserStrategy
from sim.scenario.resolved import resolved
from sim.scenario.schema import Scenario
from sim.scenario.tree import nearest, plain
from sim.scenario.units import format_money
from sim.scenario.vary import vary
from sim.study.compare.spec import Asked

Changes = dict[str, Any]
"""Dotted path → value, as ``sim.scenario.vary.vary`` takes them."""

STRATEGY = "strategy"
"""The key of an arm that names a kind; all others are dotted paths."""


def market_of(asked: Asked, variant: str) -> Loaded:
    """Return the scenario of a variant, as it is before any arm changes it.

    Raises:
        ScenarioError: a change of the variant is not allowed.
    """
    changes = asked.spec.variants[variant]
    return vary(asked.base, changes, _places(asked, changes, "variants", variant))


def arm_of(asked: Asked, variant: str, arm: str) -> tuple[Changes, Loaded]:
    """Return what an arm changes of the base in a variant, and the scenario that results.

    Raises:
        ScenarioError: the arm names a strategy that does not exist, or changes what is not there.
    """
    given = asked.spec.arms[arm]
    market = market_of(asked, variant)
    focus = f"merchants.{asked.spec.focus}.strategy"
    own: Changes = {}
    if STRATEGY in given:
        own[focus] = strategy_of(
            given[STRATEGY], market, asked.spec.focus, asked.place("arms", arm, STRATEGY)
        )
    own |= {path: value for path, value in given.items() if path != STRATEGY}
    places = _places(asked, own, "arms", arm)
    loaded = vary(market, own, places)
    return {**asked.spec.variants[variant], **own}, loaded


def strategy_of(kind: Any, market: Loaded, camp: str, where: Where) -> Changes:
    """Return the settings of a strategy of another kind for a camp.

    What was written for the camp's present strategy and the new kind has as well (budget, bid,
    target, community) is taken over, so that arms differ in the strategy and in nothing else; the
    rest are the new kind's defaults.

    Raises:
        ScenarioError: there is no such kind.
    """
    if not isinstance(kind, str) or (kind not in STRATEGIES and ":" not in kind):
        allowed = f"strategies are {', '.join(STRATEGIES)} or package.module:Class"
        raise ScenarioError(
            where, f"no such strategy: {kind!r}", allowed, did_you_mean(str(kind), STRATEGIES)
        )
    node, exact = nearest(market.tree, ("merchants", camp, "strategy"))
    written = dict(plain(node)) if exact and isinstance(node.value, dict) else {}
    if kind == str(written.get("kind", "buy_traffic")):
        return {**written, "kind": kind}
    record: type[BaseModel] = STRATEGIES.get(kind, UserStrategy)  # type: ignore[assignment]
    known = record.model_fields
    kept = {name: value for name, value in written.items() if name in known and name != "kind"}
    if "staff" in written and "staff" not in known and "community" in known:
        kept["community"] = {"staff": written["staff"], **(kept.get("community") or {})}
    return {"kind": kind, **kept}


def check_money(asked: Asked, arms: Mapping[str, Loaded], variant: str) -> None:
    """Refuse arms whose camp begins with different money.

    Money is the opening cash and the credit line of all merchants of the camp.

    Raises:
        ScenarioError: naming both sums.
    """
    focus, currency = asked.spec.focus, asked.base.scenario.currency
    (first, reference), *others = arms.items()
    have = purse(reference.scenario, focus)
    for arm, loaded in others:
        has = purse(loaded.scenario, focus)
        if has != have:
            raise ScenarioError(
                asked.place("arms", arm),
                f"arm {arm!r} begins with {format_money(has, currency)}, arm {first!r} with"
                f" {format_money(have, currency)} ({variant})",
                f"opening cash and credit line of all merchants of {focus!r} must be the same",
            )


def purse(scenario: Scenario, camp: str) -> int:
    """Return what all merchants of a camp can spend on the first day, smallest units."""
    group = scenario.merchants[camp]
    return group.count * (group.operations.cash + group.operations.credit_line)


def mix_of(asked: Asked, variant: str, arms: Sequence[str], counts: Sequence[int]) -> Changes:
    """Return the changes that fill the market with a mix: one camp per arm, named like it.

    Every camp is the focus camp with the arm's strategy; all other camps and all entry are taken
    out, so that nobody but the mix is there.
    """
    groups: Changes = {}
    for arm, count in zip(arms, counts, strict=True):
        _, loaded = arm_of(asked, variant, arm)
        group: BaseModel = loaded.scenario.merchants[asked.spec.focus]
        groups[arm] = {**resolved(group, asked.base.scenario.currency), "count": int(count)}
    return {**asked.spec.variants[variant], "entry": {}, "merchants": groups}


def _places(asked: Asked, changes: Mapping[str, Any], *path: str) -> dict[str, Where]:
    """Return where each change was written, or the thing around it."""
    return {name: asked.place(*path, name) for name in changes}
