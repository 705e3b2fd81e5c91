"""What the scenarios on news that spreads by itself claim, in small worlds over several seeds."""

from __future__ import annotations

from tests.claims import summary

SEEDS = (1, 2, 3)
SMALL = ("consumers.count=6000", "days=20")
ALONE = "merchants.dull.launch.seeds=0"


def won(name: str, camp: str, *changes: str) -> int:
    """New customers of a camp, all seeds together."""
    return sum(
        summary(name, seed, *SMALL, *changes)["camps"][camp]["new_customers"] for seed in SEEDS
    )


def tells(*changes: str) -> list[float]:
    """How many those tell who are told second hand, seed by seed."""
    found = [summary("tipping_point", seed, *SMALL, *changes) for seed in SEEDS]
    return [one["cascades"]["reproduction"]["third"] for one in found]


def test_twice_as_contagious_wins_far_more_than_twice_as_many() -> None:
    for seed in SEEDS:
        camps = summary("tipping_point", seed, *SMALL)["camps"]
        assert camps["catchy"]["new_customers"] > 10 * max(1, camps["dull"]["new_customers"])


def test_it_tips_where_each_who_is_told_tells_one_more() -> None:
    """Below 1, twice the virality wins a handful more; from below to above 1, a multitude."""
    low, mid, high = (f"merchants.catchy.product.virality={v}" for v in (0.75, 1.5, 4))
    assert max(*tells(ALONE, low), *tells(ALONE, mid)) < 1 < min(tells(ALONE, high))
    few, some, many = (won("tipping_point", "catchy", ALONE, how) for how in (low, mid, high))
    assert few <= some < 100 < 1000 < many


def test_fewer_ties_or_ties_that_pass_less_end_it() -> None:
    """What makes it tip is the product of all that a message meets, not virality alone."""
    many = won("tipping_point", "catchy")
    for less in ("sharing.tie_probability=5%", "graph.mean_degree=4", "sharing.pass_on=10%"):
        assert won("tipping_point", "catchy", less) < 0.1 * many


def test_below_the_tipping_point_it_matters_who_is_first_and_above_it_hardly_does() -> None:
    everybody = ("anybody", "connected", "core", "tribes", "greedy")
    below = {camp: won("seeding", camp, *few_seeds(everybody)) for camp in everybody}
    assert min(below[camp] for camp in everybody[1:]) > 1.5 * below["anybody"]
    two = ("anybody", "connected")
    small = (*few_seeds(two), "consumers.count=3000", "days=8")
    small += tuple(f"merchants.{camp}.count=0" for camp in everybody[2:])
    small += tuple(f"merchants.{camp}.product.virality=4" for camp in two)
    above = {camp: won("seeding", camp, *small) for camp in two}
    assert above["anybody"] < above["connected"] < 1.6 * above["anybody"]


def few_seeds(camps: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"merchants.{camp}.launch.seeds=50" for camp in camps)
