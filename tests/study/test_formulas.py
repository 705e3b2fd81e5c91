"""Every formula against instances worked out by hand, closed forms, and a second way to count."""

from __future__ import annotations

import itertools
import math

import networkx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.study import formulas as f
from sim.study import reach

counts = st.lists(st.integers(0, 1_000), min_size=1, max_size=30)


def test_acquisition_cost_is_click_price_over_conversion() -> None:
    # 1,000 clicks at 2 yuan, 1.25 % of which become new customers: 160 yuan each.
    spend, clicks, new = 200_000, 1_000, 12.5
    assert f.paid_cac(spend, new) == pytest.approx((spend / clicks) / (new / clicks))
    assert f.paid_cac(spend, new) == pytest.approx(16_000)
    assert f.paid_cac(spend, new) == pytest.approx(
        f.price_per_click([200.0], [clicks]) / f.cvr(new, clicks)
    )


@given(st.integers(1, 10**9), st.integers(1, 10**6), st.integers(1, 10**6))
def test_ledger_identity_holds_for_all_counts(spend: int, clicks: int, new: int) -> None:
    price, rate = f.over(spend, clicks), f.cvr(new, clicks)
    assert f.paid_cac(spend, new) == pytest.approx(price / rate)


def test_vipshop_2016_net_cost() -> None:
    # Sales and marketing over growth of active buyers, both in millions (data: cac_china.csv).
    assert f.net_cac(2837.7, 52.1 - 36.6) == pytest.approx(183.08, abs=0.01)


@pytest.mark.parametrize("growth", [0, -3])
def test_net_cost_does_not_exist_without_growth(growth: int) -> None:
    assert math.isnan(f.net_cac(100, growth))


def test_nothing_over_nothing_is_not_a_number_but_never_infinite() -> None:
    assert math.isnan(f.ctr(0, 0))
    assert math.isnan(f.gross_cac(5, 0))
    assert np.isnan(f.over(np.array([1.0, 2.0]), np.array([0.0, 1.0]))).tolist() == [True, False]


def test_price_per_click_leaves_out_days_without_a_price() -> None:
    assert f.price_per_click([100, 0, 300], [1, 50, 3]) == pytest.approx(250)


def test_return_on_marketing() -> None:
    margin = f.gross_margin(revenue=1_000, cogs=400, fees=50)
    assert margin == 550
    assert f.roi(margin, 500) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("gained", "spent", "days"),
    [
        ([1, 1, 4, 1], [2, 1, 1, 1], 3),  # behind after days 0 and 1, even after the third day
        ([2, 2], [1, 1], 0),  # never behind
        ([1, 1], [2, 1], math.nan),  # still behind
        ([3, 0, 9], [2, 2, 2], 3),  # ahead, behind, ahead for good
        ([], [], math.nan),
    ],
)
def test_payback(gained: list[int], spent: list[int], days: float) -> None:
    found = f.payback_days(np.array(gained), np.array(spent))
    assert found == pytest.approx(days, nan_ok=True)


def test_concentration_of_equal_merchants_and_of_a_monopoly() -> None:
    assert f.hhi(np.full(8, 25)) == pytest.approx(1 / 8)
    assert f.gini(np.full(8, 25)) == pytest.approx(0, abs=1e-12)
    one = np.array([0, 0, 0, 77])
    assert f.hhi(one) == 1
    assert f.gini(one) == pytest.approx(3 / 4)
    assert f.gini(np.arange(1, 11)) == pytest.approx((10 - 1) / (3 * 10))


@given(counts)
def test_gini_is_mean_difference_over_twice_the_mean(orders: list[int]) -> None:
    if not sum(orders):
        assert math.isnan(f.gini(np.array(orders)))
        return
    pairs = [abs(a - b) for a, b in itertools.product(orders, orders)]
    slow = np.mean(pairs) / (2 * np.mean(orders))
    assert f.gini(np.array(orders)) == pytest.approx(slow, abs=1e-12)


@given(counts)
def test_concentration_is_between_one_nth_and_one(orders: list[int]) -> None:
    if sum(orders):
        assert 1 / len(orders) - 1e-12 <= f.hhi(np.array(orders)) <= 1 + 1e-12


@pytest.mark.parametrize("n", [2, 3, 10, 57])
def test_structural_virality_of_star_and_path(n: int) -> None:
    star = np.array([-1] + [0] * (n - 1))
    path = np.arange(-1, n - 1)
    assert f.structural_virality(star) == pytest.approx(2 - 2 / n)
    assert f.structural_virality(path) == pytest.approx((n + 1) / 3)


def test_structural_virality_of_a_binary_tree() -> None:
    tree = np.array([-1, *((i - 1) // 2 for i in range(1, 31))])
    assert f.structural_virality(tree) == pytest.approx(4.954839, abs=1e-6)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=25))
def test_structural_virality_agrees_with_networkx(draws: list[int]) -> None:
    parents = np.array([-1, *(draw % (i + 1) for i, draw in enumerate(draws))])
    graph = networkx.Graph([(i, int(p)) for i, p in enumerate(parents) if p >= 0])
    slow = networkx.average_shortest_path_length(graph)
    assert f.structural_virality(parents) == pytest.approx(slow)


def test_structural_virality_of_one_person_does_not_exist() -> None:
    assert math.isnan(f.structural_virality(np.array([-1])))


def test_viral_coefficient_inverts_the_mean_size() -> None:
    sizes = np.array([1, 1, 1, 3, 4])  # mean 2: k = 1 - 1/2
    assert f.viral_coefficient(sizes) == pytest.approx(0.5)
    assert f.singletons(sizes) == pytest.approx(0.6)
    assert f.beyond_one_step(np.array([0, 0, 0, 1, 2])) == pytest.approx(0.2)


@given(counts, counts)
def test_wins_in_pairs_counts_pairs(ours: list[int], theirs: list[int]) -> None:
    pairs = [(a > b) + 0.5 * (a == b) for a, b in itertools.product(ours, theirs)]
    found = f.wins_in_pairs(np.array(ours), np.array(theirs))
    assert found == pytest.approx(np.mean(pairs))
    assert f.wins_in_pairs(np.array(theirs), np.array(ours)) == pytest.approx(1 - found)


def test_the_long_tail_is_the_lorenz_curve_at_one_half() -> None:
    assert f.tail_share(np.array([5, 5, 5, 5])) == pytest.approx(0.5)
    assert f.tail_share(np.array([10, 0, 0, 2])) == 0.0
    assert f.tail_share(np.array([6, 1, 3])) == pytest.approx((1 + 1.5) / 10)
    assert f.tail_share(np.array([7])) == pytest.approx(0.5)  # one merchant is its own equal
    assert math.isnan(f.tail_share(np.array([0, 0])))


def test_platforms_are_concentrated_as_merchants_are() -> None:
    assert f.platform_hhi(np.array([300, 100])) == pytest.approx(0.625)
    assert f.search_share(9, 36) == pytest.approx(0.25)


def test_shares_of_orders() -> None:
    assert f.shop_share(5, 20) == pytest.approx(0.25)
    assert f.owned_share(2, 1, 2, 5, 20) == pytest.approx(0.5)
    assert f.traffic_dependence(4, 1, 20) == pytest.approx(0.25)
    assert f.repurchase(5, 20) == pytest.approx(0.25)


def test_contacts_have_a_price_points_and_a_frequency() -> None:
    """GRP is reach in per cent times frequency, added up over the days."""
    population, reached, contacts = 1000, np.array([200, 300]), np.array([400, 300])
    points = reach.gross_rating_points(100 * contacts / population)
    each = [reach.frequency(c, r) for c, r in zip(contacts, reached, strict=True)]
    assert points == pytest.approx(100 * reached / population @ np.array(each)) == 70
    assert reach.frequency(contacts.sum(), reached.sum()) == pytest.approx(700 / 500)
    assert reach.cost_per_mille(6_300, 700) == 9_000
    assert np.isnan(reach.cost_per_mille(0, 0))
    assert reach.cost_per_reader(900, 300) == 3


def test_every_measure_says_what_it_means() -> None:
    assert len(f.MEASURES) >= 20
    for key, measure in f.MEASURES.items():
        assert measure.key == key
        assert measure.definition.endswith("."), key
        assert len(measure.definition) > 20, key
        assert measure.title and measure.unit, key
