"""From a sweep folder to a page: what is read, what is refused, and what may be claimed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.errors import ScenarioError
from sim.study.sensitivity.page import analyse, page, said_of_noise, verdict, write_page
from sim.study.sensitivity.sampled import read_sampled
from sim.study.sweep.read import read_sweep
from sim.study.sweep.runner import run_trials
from tests.study.pretend import Formula, Pretended

SHOP = "name: shop\ndays: 20\nplatforms: {mall: {}}\nmerchants: {buyer: {count: 2}}\n"
FEE, PRICE = "platforms.mall.fee", "merchants.buyer.product.price"
PROFIT, ORDERS = "camps.buyer.profit", "camps.buyer.orders"
SWEEP = """
name: screening
base: shop.yaml
method: {method}
samples: {samples}
repetitions: {repetitions}
parameters:
  {fee}: {{min: 0%, max: 40%}}
  {price}: {{min: 50, max: 200, scale: log}}
metrics: [{profit}, {orders}]
"""


def sweep(
    folder: Path,
    formula: Formula,
    method: str = "sobol",
    samples: int = 16,
    repetitions: int = 2,
    most: int | None = None,
) -> Path:
    (folder / "shop.yaml").write_text(SHOP)
    text = SWEEP.format(
        method=method,
        samples=samples,
        repetitions=repetitions,
        fee=FEE,
        price=PRICE,
        profit=PROFIT,
        orders=ORDERS,
    )
    (folder / "sweep.yaml").write_text(text)
    asked = read_sweep(folder / "sweep.yaml")
    run_trials(
        asked.trials,
        asked.metrics,
        folder / "out",
        base=asked.base,
        backend=Pretended(formula),
        about=asked.about,
        most=most,
    )
    return folder / "out"


def unit(changes: Mapping[str, Any]) -> tuple[float, float]:
    """Where a trial lies in the unit cube."""
    return changes[FEE] / 0.4, float(np.log(changes[PRICE] / 50) / np.log(4))


def plane(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
    fee, price = unit(changes)
    return {PROFIT: -3_000 * fee + 1_000 * price, ORDERS: 7.0}


def luck(changes: Mapping[str, Any], seed: int) -> float:
    """A number that hangs on everything, so that it is noise at every point."""
    return float(np.random.default_rng([seed, int(1e9 * sum(unit(changes)))]).standard_normal())


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_the_cube_is_where_the_trials_were(tmp_path: Path, method: str) -> None:
    where: list[tuple[float, float]] = []

    def noting(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: unit(changes)[0], ORDERS: unit(changes)[1]}

    sampled = read_sampled(sweep(tmp_path, noting, method, samples=8))
    assert sampled.parameters == [FEE, PRICE] and sampled.repetitions == 2
    where = np.stack([sampled.values[PROFIT][:, 0], sampled.values[ORDERS][:, 0]], axis=1)
    # Prices are whole fen, so the last digits of the cube are lost.
    assert np.abs(where - sampled.cube).max() < 1e-3
    assert np.array_equal(sampled.values[PROFIT][:, 0], sampled.values[PROFIT][:, 1])


def test_morris_effects_are_in_the_metrics_unit(tmp_path: Path) -> None:
    found = analyse(read_sampled(sweep(tmp_path, plane, "morris"), PROFIT))[0]
    assert [effect.parameter for effect in found.effects] == [FEE, PRICE]
    assert found.effects[0].slope == pytest.approx(-3_000, rel=1e-3)
    assert found.effects[1].slope == pytest.approx(1_000, rel=1e-3)
    assert (found.unit, found.factor) == ("CNY", 0.01)
    assert found.noise.value == 0
    assert verdict(found) == f"{PROFIT} hangs most on {FEE}"


def test_sobol_indices_of_a_plane(tmp_path: Path) -> None:
    found = analyse(read_sampled(sweep(tmp_path, plane, samples=256)))
    first = {effect.parameter: effect for effect in found[0].effects}
    assert first[FEE].strength.value == pytest.approx(0.9, abs=0.03)
    alone = first[PRICE].alone
    assert alone is not None and alone.value == pytest.approx(0.1, abs=0.03)
    assert verdict(found[1]) == f"{ORDERS} hangs on nothing that was varied, as far as can be told"


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_noise_is_never_called_an_effect(tmp_path: Path, method: str) -> None:
    def noisy(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: luck(changes, seed), ORDERS: 0.0}

    found = analyse(read_sampled(sweep(tmp_path, noisy, method, repetitions=3), PROFIT))[0]
    assert found.noise.value > 0.8
    assert "hangs on nothing" in verdict(found)
    assert "More repetitions" in said_of_noise(found, 3)


def test_an_effect_stands_out_from_some_noise(tmp_path: Path) -> None:
    def mixed(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: 10 * unit(changes)[0] + luck(changes, seed), ORDERS: 0.0}

    found = analyse(read_sampled(sweep(tmp_path, mixed, samples=64, repetitions=3), PROFIT))[0]
    assert verdict(found) == f"{PROFIT} hangs most on {FEE}"
    assert 0 < found.noise.low < found.noise.value < found.noise.high < 1


def test_equals_are_not_put_in_an_order(tmp_path: Path) -> None:
    def equal(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {PROFIT: sum(unit(changes)), ORDERS: 0.0}

    found = analyse(read_sampled(sweep(tmp_path, equal, samples=32), PROFIT))[0]
    assert verdict(found).endswith("which of them most cannot be told")


def test_without_repetitions_noise_is_not_known(tmp_path: Path) -> None:
    found = analyse(read_sampled(sweep(tmp_path, plane, repetitions=1)))[0]
    assert "not known" in said_of_noise(found, 1)


@pytest.mark.parametrize("method", ["sobol", "morris"])
def test_the_page_and_the_json_are_written(tmp_path: Path, method: str) -> None:
    sampled = read_sampled(sweep(tmp_path, plane, method))
    found = analyse(sampled)
    text = write_page(tmp_path / "out", sampled, found).read_text(encoding="utf-8")
    assert verdict(found[0]) in text.replace("<wbr>", "")
    assert text.count("<svg") == 4  # two metrics, each wide and narrow
    assert "nan" not in page(sampled, found).html().partition("<script")[0].lower()
    content = json.loads((tmp_path / "out" / "sensitivity.json").read_text())
    assert [one["metric"] for one in content["metrics"]] == [PROFIT, ORDERS]
    strongest = content["metrics"][0]["effects"][0]
    assert strongest["parameter"] == FEE
    assert strongest["strength"]["value"] == found[0].effects[0].strength.value


# --- what is refused -----------------------------------------------------------------------------


def test_other_designs_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="its design is random, sensitivity needs"):
        read_sampled(sweep(tmp_path, plane, "random"))


def test_an_unfinished_sweep_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="of 128 trials are not finished, sim sweep goes on"):
        read_sampled(sweep(tmp_path, plane, most=100))


def test_a_metric_that_was_not_noted_down(tmp_path: Path) -> None:
    folder = sweep(tmp_path, plane)
    with pytest.raises(ScenarioError, match=r"the sweep has .* did you mean 'camps"):
        read_sampled(folder, "camps.buyer.profits")


def test_failed_trials_leave_holes(tmp_path: Path) -> None:
    def failing(changes: Mapping[str, Any], seed: int) -> dict[str, float] | str:
        return "out of stock" if unit(changes)[0] > 0.9 else plane(changes, seed)

    with pytest.raises(ScenarioError, match="trials failed, the first with: out of stock"):
        read_sampled(sweep(tmp_path, failing))


def test_a_metric_without_values_is_named(tmp_path: Path) -> None:
    def absent(changes: Mapping[str, Any], seed: int) -> dict[str, float]:
        return {**plane(changes, seed), ORDERS: float("nan")}

    folder = sweep(tmp_path, absent)
    with pytest.raises(ScenarioError, match=f"{ORDERS} has no value in 128 trials"):
        read_sampled(folder)
    assert read_sampled(folder, PROFIT).values[PROFIT].shape == (64, 2)


@pytest.mark.parametrize("there", [True, False])
def test_what_is_no_sweep_is_refused(tmp_path: Path, there: bool) -> None:
    folder = tmp_path if there else tmp_path / "nothing"
    with pytest.raises(ScenarioError, match="not the folder of a sweep"):
        read_sampled(folder)
