"""Opinions, tribes and durables: the exact methods against enumeration, files read with care."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from sim.check.durables import own_series, read_series
from sim.check.exact_opinions import company_clusters, mixed
from sim.check.homophily import _Played, by_tribes, contagion, likeness
from sim.check.measured import Effort
from sim.check.opinions import own_company, own_moments, own_pairs
from sim.check.reinforcement import own_reinforcement, percolated
from sim.errors import ScenarioError

PATH = [[1], [0, 2], [1]]


def by_all_meetings(mode: str, step: float, rate: float) -> tuple[float, float]:
    """Mean and variance after a round among three in a row: all that can happen."""
    start = np.array([0.0, 1.0, 5.0])
    mean = variance = 0.0
    moves = [[(None, 1 - rate), *((j, rate / len(own)) for j in own)] for own in PATH]
    for picks in product(*moves):
        weight, now = math.prod(chance for _, chance in picks), start.copy()
        for i, (j, _) in enumerate(picks):
            if j is None:
                continue
            if mode == "friend":
                now[i] = start[i] + step * (start[j] - start[i])
            else:
                way = step * (now[j] - now[i])
                now[i], now[j] = now[i] + way, now[j] - way
        mean, variance = mean + weight * now.mean(), variance + weight * now.var()
    return mean, variance


@pytest.mark.parametrize("mode", ["friend", "pair"])
def test_moments_by_all_meetings(mode: str) -> None:
    means, variances = mixed(PATH, np.array([0.0, 1.0, 5.0]), mode, 0.3, 0.6, 3)
    assert (means[0], variances[0]) == pytest.approx(by_all_meetings(mode, 0.3, 0.6))


def test_in_a_crowd_of_friends_variance_falls_by_a_known_factor() -> None:
    """Among all, oneself too: V' = V (1 - 2 r s (1 - s) - r s^2 (2 - r) / N)."""
    n, s, r = 8, 0.3, 0.7
    everybody = [list(range(n))] * n
    means, variances = mixed(everybody, np.arange(8.0), "friend", s, r, 5)
    factor = 1 - 2 * r * s * (1 - s) - r * s**2 * (2 - r) / n
    assert variances == pytest.approx(np.arange(8.0).var() * factor ** np.arange(1, 6))
    assert means == pytest.approx(np.full(5, 3.5))


def test_known_ends_of_company() -> None:
    grid = [Fraction(n) for n in range(101)]
    assert company_clusters(grid, Fraction(25)) == 1
    assert company_clusters(grid, Fraction(1, 2)) == 101
    assert company_clusters([Fraction(0), Fraction(1), Fraction(5)], Fraction(1)) == 2


def test_percolation_where_it_is_known() -> None:
    assert percolated(6, 7, 0.1) == pytest.approx(0.1)  # nobody has seven friends
    assert percolated(6, 1, 0.001) > 0.99  # one friend is enough
    low, high = percolated(6, 2, 0.018), percolated(6, 2, 0.03)
    assert low < 0.03 and high > 0.99  # a small change of seeds, a large one of adopters


@pytest.mark.parametrize(
    "ask",
    [
        lambda e: own_moments(e, mode="company"),
        lambda e: own_moments(e, graph="empty:3"),
        lambda e: own_company(e, bound=0.0),
        lambda e: own_pairs(e, step=0.9),
        lambda e: own_reinforcement(e, share=1.5),
    ],
)
def test_instances_that_make_no_sense(ask: object) -> None:
    with pytest.raises(ScenarioError):
        ask(Effort())  # type: ignore[operator]


class Drawn(_Played):
    """People in two tribes with random ties; whether they adopt is up to the test."""

    def __init__(self, when: list[np.ndarray], seed: int = 1) -> None:
        luck = np.random.default_rng(seed)
        people = 6000
        self.tribe = np.arange(people) % 6
        self.ego = np.repeat(np.arange(people), 4)
        same = luck.random(len(self.ego)) < 0.7
        stranger = luck.integers(0, people, len(self.ego))
        kin = 6 * luck.integers(0, people // 6, len(self.ego)) + self.tribe[self.ego]
        self.friend = np.where(same, kin, stranger)
        self.when = when


def test_likeness_by_tribes_is_the_mean_over_shuffles() -> None:
    luck = np.random.default_rng(2)
    played = Drawn([])
    adopted = (luck.random(6000) < np.where(played.tribe == 0, 0.5, 0.05)).astype(float)
    shuffled = []
    for _ in range(200):
        mixed_up = adopted.copy()
        for tribe in range(6):
            mine = np.flatnonzero(played.tribe == tribe)
            mixed_up[mine] = luck.permutation(adopted[mine])
        shuffled.append(likeness(played, mixed_up))
    error = np.std(shuffled, ddof=1) / math.sqrt(200)
    # Nobody is a friend of oneself in a market; some here are, which the tolerance allows for.
    assert abs(np.mean(shuffled) - by_tribes(played, adopted)) < 4 * error + 2e-3


def test_estimates_of_contagion_by_hand() -> None:
    """One tribe: the odds ratio of the table; the matched estimate is then the same."""
    luck = np.random.default_rng(3)
    before, later = luck.random(6000) < 0.2, luck.random(6000) < 0.3
    played = Drawn([before, before | later])
    met = np.zeros(6000, bool)
    met[played.ego[before[played.friend]]] = True
    a, b = (met & later & ~before).sum(), (met & ~later & ~before).sum()
    c, d = (~met & later & ~before).sum(), (~met & ~later & ~before).sum()
    odds, error = contagion(played, False)
    assert odds == pytest.approx(math.log(a * d / (b * c)))
    assert error == pytest.approx(math.sqrt(1 / a + 1 / b + 1 / c + 1 / d))
    played.tribe = np.zeros(6000, np.int64)
    assert contagion(played, True) == pytest.approx((odds, error))


def test_a_series_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "phones.csv"
    file.write_text("year,sold\n2001,84\n2002,147\n# a note\n2003,211\n2004,400\n2005,759\n\n"
                    "2006,1095\n2007,1053\n2008,947\n2009,779\n2010,589\n")  # fmt: skip
    assert read_series(file)[0] == list(range(2001, 2011))
    found = own_series(Effort(share=0.2), series=str(file))
    assert len(found.points) == 10 and found.points[0].label == "phones, 2001"
    assert "p 0.0088 (0.0060 to 0.0129), q 0.642" in found.note


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("2001,5\n2002\n", r"sold.csv:2:1: '2002' has one column"),
        ("year,sold\n2001,five\n", r"sold.csv:2:1: '2001', 'five'"),
        ("2001,5\n2003,6\n", r"sold.csv:2:1: 2003 after 2001"),
        ("2001,-5\n", r"sold.csv:1:1: '-5' new adopters"),
        ("2001,5\n2002,6\n", "2 periods, at least 4"),
    ],
)
def test_series_that_will_not_do(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "sold.csv"
    file.write_text(text)
    with pytest.raises(ScenarioError, match=says):
        own_series(Effort(), series=str(file))


def test_a_series_that_is_not_there() -> None:
    with pytest.raises(ScenarioError, match="no file"):
        own_series(Effort())
