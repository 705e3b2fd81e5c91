"""The tribal graph is what was asked for: degree, mixing, clustering, law of degrees, tribes."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest

from sim.world.graph.csr import Graph
from sim.world.graph.measures import local_clustering, mean_degree, mixing
from sim.world.graph.tribal import Target, tribal_rows
from tests.world.test_graph_csr import check_rows

PEOPLE = 100_000


def tribes(count: int, number: int, exponent: float, seed: int = 0) -> np.ndarray:
    """Assign tribes by chance, sizes falling as rank^-exponent."""
    share = np.arange(1, number + 1.0) ** -exponent
    rng = np.random.default_rng(seed)
    return rng.choice(number, count, p=share / share.sum()).astype(np.int32)


def measure(rows: tuple[np.ndarray, np.ndarray], tribe: np.ndarray) -> Target:
    graph = Graph(*rows, np.zeros(0, np.float32), 0.0)
    return Target(mean_degree(graph), mixing(graph, tribe), local_clustering(graph))


def assert_near(got: Target, want: Target, within: float = 0.05) -> None:
    assert got.degree == pytest.approx(want.degree, rel=within)
    assert got.mixing == pytest.approx(want.mixing, rel=within)
    assert got.clustering == pytest.approx(want.clustering, rel=within)


@pytest.mark.parametrize(
    ("target", "number", "exponent"),
    [
        (Target(12, 0.25, 0.2), 12, 0.5),
        (Target(8, 0.1, 0.05), 6, 0.0),
        (Target(8, 0.4, 0.4), 50, 1.0),
        (Target(12, 0.1, 0.4), 50, 1.0),
        (Target(12, 0.4, 0.05), 24, 0.5),
        (Target(20, 0.1, 0.05), 50, 1.0),
        (Target(20, 0.25, 0.2), 24, 0.5),
        (Target(20, 0.4, 0.4), 6, 1.5),
        (Target(12, 0.6, 0.6), 12, 0.5),
        (Target(4, 0.25, 0.6), 12, 0.5),
        (Target(2, 0.25, 0.2), 12, 0.5),
        (Target(12, 0.25, 0.2), 1000, 0.5),
        (Target(12, 0.25, 0.2), 2, 2.0),  # one tribe has four of five people
    ],
)
def test_targets_are_hit(target: Target, number: int, exponent: float) -> None:
    tribe = tribes(PEOPLE, number, exponent)
    assert_near(measure(tribal_rows(target, 3.0, tribe, 1), tribe), target)


@pytest.mark.parametrize("law", [2.2, 2.5, 5.0])
def test_targets_are_hit_for_other_laws(law: float) -> None:
    tribe = tribes(PEOPLE, 12, 0.5)
    target = Target(12, 0.25, 0.2)
    assert_near(measure(tribal_rows(target, law, tribe, 1), tribe), target)


@pytest.mark.parametrize("count", [500, 1000, 5000])
def test_default_works_for_small_populations(count: int) -> None:
    tribe = tribes(count, 12, 0.5)
    target = Target(12, 0.25, 0.2)
    assert_near(measure(tribal_rows(target, 3.0, tribe, 1), tribe), target)


def test_rows_keep_their_promises() -> None:
    check_rows(*tribal_rows(Target(12, 0.4, 0.4), 2.5, tribes(20_000, 30, 1.0), 4))


def test_degrees_follow_the_power_law() -> None:
    """Hill's estimate of the tail exponent, from the largest tenth (standard error 1 %)."""
    for law in (2.5, 3.0, 4.0):
        indptr, _ = tribal_rows(Target(12, 0.25, 0.2), law, tribes(PEOPLE, 6, 0.0), 2)
        degree = np.sort(np.diff(indptr))[::-1].astype(float)
        tail = degree[: PEOPLE // 10] + 0.5
        hill = 1.0 + 1.0 / np.mean(np.log(tail / tail[-1]))
        # The tail is cut at sqrt(mean * N), which makes the estimate a little too large.
        assert law - 0.15 < hill < law + 0.45


def test_order_of_tribes_does_not_matter() -> None:
    tribe = tribes(30_000, 12, 0.5)
    target = Target(12, 0.25, 0.2)
    for given in (tribe, np.sort(tribe), np.sort(tribe)[::-1].copy()):
        assert_near(measure(tribal_rows(target, 3.0, given, 1), given), target)


def test_numbers_without_people_are_allowed() -> None:
    tribe = (tribes(20_000, 6, 0.0) * 3 + 2).astype(np.int32)
    target = Target(12, 0.25, 0.2)
    assert_near(measure(tribal_rows(target, 3.0, tribe, 1), tribe), target)


def test_ties_across_find_every_tribe() -> None:
    """Equal tribes: ties across are spread evenly over the pairs of tribes (10 %: noise)."""
    tribe = tribes(60_000, 4, 0.0)
    indptr, indices = tribal_rows(Target(12, 0.3, 0.2), 3.0, tribe, 1)
    rows = np.repeat(tribe, np.diff(indptr))
    pairs = np.bincount(rows * 4 + tribe[indices], minlength=16).reshape(4, 4)
    off = pairs[~np.eye(4, dtype=bool)]
    assert (abs(off / off.mean() - 1) < 0.1).all()


def test_bridges_have_few_common_friends() -> None:
    """Granovetter: triangles are in the tribes, ties across are bridges."""
    tribe = tribes(20_000, 12, 0.5)
    indptr, indices = tribal_rows(Target(12, 0.25, 0.3), 3.0, tribe, 1)
    friends = [set(indices[a:b].tolist()) for a, b in pairwise(indptr.tolist())]
    shared: dict[bool, list[int]] = {False: [], True: []}
    for i in range(2000):
        for j in friends[i]:
            shared[bool(tribe[i] == tribe[j])].append(len(friends[i] & friends[j]))
    assert np.mean(shared[True]) > 5 * np.mean(shared[False])


def test_zero_mixing_and_zero_clustering() -> None:
    tribe = tribes(20_000, 6, 0.0)
    got = measure(tribal_rows(Target(12, 0.0, 0.0), 3.0, tribe, 1), tribe)
    assert got.mixing == 0
    assert got.clustering < 0.03, "only chance triangles"
    assert got.degree == pytest.approx(12, rel=0.05)


def test_two_equal_tribes_may_have_only_ties_across() -> None:
    """The hardest case for pairing: each tribe has exactly as many open ends as the other."""
    tribe = (np.arange(20_000) % 2).astype(np.int32)
    got = measure(tribal_rows(Target(12, 1.0, 0.0), 3.0, tribe, 1), tribe)
    assert got.mixing > 0.99


def test_same_seed_same_bits_other_seed_other_bits() -> None:
    tribe = tribes(5000, 12, 0.5)
    target = Target(12, 0.25, 0.2)
    first = tribal_rows(target, 3.0, tribe, 7)
    again = tribal_rows(target, 3.0, tribe, 7)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    for other in (8, 7 + 2**32):
        assert not np.array_equal(first[1][:5000], tribal_rows(target, 3.0, tribe, other)[1][:5000])


@pytest.mark.parametrize(
    ("target", "count", "number", "says"),
    [
        (Target(12, 0.2, 0.2), 1000, 1, "single tribe"),
        (Target(12, 0.2, 0.2), 10, 2, "at most 9"),
        (Target(1, 0.25, 0.5), 5000, 6, "nearest that can be built"),
        (Target(12, 0.05, 0.05), 600, 60, "nearest that can be built"),
    ],
)
def test_the_impossible_is_refused(target: Target, count: int, number: int, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        tribal_rows(target, 3.0, tribes(count, number, 0.0), 1)


@pytest.mark.parametrize(("count", "number"), [(200, 12), (600, 60)])
def test_the_nearest_that_a_refusal_names_can_be_built(count: int, number: int) -> None:
    tribe = tribes(count, number, 0.0)
    with pytest.raises(ValueError, match="nearest") as caught:
        tribal_rows(Target(12, 0.25, 0.2), 3.0, tribe, 1)
    words = r"(?:mean_degree|mixing|clustering) (\d+\.?\d*)"
    named = [float(number) for number in re.findall(words, str(caught.value))][3:]
    tribal_rows(Target(*named), 3.0, tribe, 1)
