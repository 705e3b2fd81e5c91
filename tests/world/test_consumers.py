"""People: distributions by their moments, tribes by their shares, luck of one's own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.scenario.distribution import Distribution
from sim.scenario.load import from_dict
from sim.scenario.population import Tribes
from sim.scenario.regions import Regions
from sim.world.consumers import (
    Consumers,
    assign_segments,
    build_consumers,
    distinct_hashes,
    name_hash,
    sample,
    tribe_centres,
    tribe_shares,
)

N = 300_000  # more than one slice of ``sample``


def drawn(**shape: Any) -> np.ndarray:
    return sample(Distribution.model_validate(shape), N, np.random.default_rng(1)).astype(float)


@pytest.mark.parametrize(
    ("shape", "law"),
    [
        ({"uniform": {"min": 1.0, "max": 3.0}}, stats.uniform(1, 2)),
        ({"normal": {"mean": 2.0, "sd": 0.5}}, stats.norm(2, 0.5)),
        (
            {"lognormal": {"mean": 2.0, "cv": 0.4}},
            stats.lognorm(np.sqrt(np.log(1.16)), scale=2 / np.sqrt(1.16)),
        ),
        ({"gamma": {"mean": 0.4, "shape": 2.0}}, stats.gamma(2, scale=0.2)),
        ({"beta": {"mean": 0.3, "concentration": 4.0}}, stats.beta(1.2, 2.8)),
    ],
    ids=["uniform", "normal", "lognormal", "gamma", "beta"],
)
def test_distributions_are_what_they_say(shape: dict[str, Any], law: Any) -> None:
    values = drawn(**shape)
    assert stats.kstest(values, law.cdf).pvalue > 6e-5
    assert abs(values.mean() - law.mean()) < 4 * law.std() / np.sqrt(N)
    written = next(iter(shape.values()))
    if "mean" in written:
        assert law.mean() == pytest.approx(written["mean"])
    if "cv" in written:
        assert law.std() / law.mean() == pytest.approx(written["cv"])


def test_a_constant_is_constant() -> None:
    assert set(drawn(constant=0.25)) == {0.25}


def people(changes: dict[str, Any] | None = None, seed: int = 1, count: int = 5000) -> Consumers:
    changes = changes or {}
    loaded = from_dict(
        {
            "name": "people",
            "consumers": {"count": count, **changes.get("consumers", {})},
            "platforms": changes.get("platforms", {"mall": {}}),
        }
    ).scenario
    tribe = assign_segments(loaded.consumers.tribes, Regions(), count)
    return build_consumers(loaded.consumers, loaded.platforms, tribe, seed)


def same_fields(a: Consumers, b: Consumers) -> set[str]:
    return {
        name for name in Consumers._fields if np.array_equal(getattr(a, name), getattr(b, name))
    }


@pytest.mark.parametrize("name", ["need_rate", "price_sensitivity", "sociability", "ad_tolerance"])
def test_one_distribution_moves_nobody_elses_luck(name: str) -> None:
    changed = people({"consumers": {name: {"uniform": {"min": 0.1, "max": 0.2}}}})
    field = "tolerance" if name == "ad_tolerance" else name
    assert same_fields(people(), changed) == set(Consumers._fields) - {field}


def test_another_platform_moves_nobodys_rate_here() -> None:
    one = people({"platforms": {"mall": {}}})
    two = people({"platforms": {"video": {"visits_per_day": 1.0}, "mall": {}}})
    assert np.array_equal(one.visit_rate[0], two.visit_rate[1])
    assert same_fields(one, two) == set(Consumers._fields) - {"visit_rate"}


def test_seeds_are_different_people() -> None:
    same = same_fields(people(seed=1), people(seed=2))
    assert same <= {"tribe", "segment", "fatigue"}


def test_quantities_are_unrelated() -> None:
    someone = people(count=50_000)
    columns = np.stack(
        [
            someone.need_rate[0],
            someone.price_sensitivity,
            someone.sociability,
            someone.tolerance,
            someone.visit_rate[0],
            someone.taste[:, 0] - someone.taste[:, 0].mean(),
        ]
    )
    rank = np.argsort(np.argsort(columns, axis=1), axis=1)
    r = np.corrcoef(rank)[np.triu_indices(6, 1)]
    assert np.abs(r).max() < 4 / np.sqrt(50_000)


def test_tastes_lie_around_their_tribe() -> None:
    spec = {"tribes": {"count": 5, "spread": 0.5, "dimensions": 3}}
    someone = people({"consumers": spec}, count=50_000)
    centres = tribe_centres(Tribes.model_validate(spec["tribes"]), 5, 1)
    off = someone.taste - centres[someone.tribe]
    assert stats.kstest(off.ravel(), stats.norm(0, 0.5).cdf).pvalue > 6e-5
    r = np.corrcoef(off.T)[np.triu_indices(3, 1)]
    assert np.abs(r).max() < 4 / np.sqrt(50_000)


def test_centres_are_standard_normal_and_grow_by_appending() -> None:
    many = Tribes.model_validate({"count": 4096, "dimensions": 2})
    centres = tribe_centres(many, 4096, 7)
    assert stats.kstest(centres.ravel(), "norm").pvalue > 6e-5
    assert np.array_equal(tribe_centres(many, 10, 7), centres[:10])


@given(
    sizes=st.lists(st.floats(0, 10), min_size=1, max_size=12).filter(lambda s: sum(s) > 0.1),
    count=st.integers(1, 5000),
)
def test_tribes_have_their_shares(sizes: list[float], count: int) -> None:
    tribes = Tribes.model_validate({"count": len(sizes), "sizes": sizes})
    tribe = assign_segments(tribes, Regions(), count)
    shares = tribe_shares(tribes)
    assert shares.sum() == pytest.approx(1.0)
    assert (np.abs(np.bincount(tribe, minlength=len(sizes)) - shares * count) <= 1.0).all()
    assert (np.diff(tribe) >= 0).all()  # contiguous
    assert len(tribe) == count


@given(exponent=st.floats(0, 5), count=st.integers(2, 50))
def test_sizes_fall_by_a_power_of_rank(exponent: float, count: int) -> None:
    shares = tribe_shares(Tribes.model_validate({"count": count, "size_exponent": exponent}))
    assert shares[0] / shares[1] == pytest.approx(2**exponent)
    assert (np.diff(shares) <= 1e-12).all()


def test_values_stay_in_their_range() -> None:
    someone = people(
        {
            "consumers": {"sociability": {"uniform": {"min": 0, "max": 1}}},
            "platforms": {"mall": {"visits_per_day": {"gamma": {"mean": 0.4, "shape": 0.1}}}},
        }
    )
    assert (someone.visit_rate >= 0).all()
    assert (someone.need_rate >= 0).all()
    assert (someone.tolerance > 0).all()
    assert ((someone.sociability >= 0) & (someone.sociability <= 1)).all()
    assert not someone.fatigue.any()


@pytest.mark.parametrize(
    ("name", "value"), [("", 0x811C9DC5), ("a", 0xE40C292C), ("foobar", 0xBF9CF968)]
)
def test_names_are_hashed_by_fnv1a(name: str, value: int) -> None:
    """Test vectors of Fowler, Noll & Vo."""
    assert name_hash(name) == value


TWINS = ("gckxs", "ydtre")  # found by a search: names with one hash


def test_names_that_share_a_hash_are_told_apart() -> None:
    first, second = TWINS
    assert name_hash(first) == name_hash(second)
    found = distinct_hashes(["mall", first, second, "video"])
    assert len(set(found.values())) == 4
    assert {name: found[name] for name in ("mall", first, "video")} == {
        name: name_hash(name) for name in ("mall", first, "video")
    }
    assert distinct_hashes([second, first])[second] == name_hash(second)


@given(names=st.lists(st.sampled_from([*TWINS, "gckxs+", "ydtre+", "a", "b"]), unique=True))
def test_who_comes_later_changes_nobodys_hash(names: list[str]) -> None:
    found = distinct_hashes(names)
    assert len({*found.values(), 0}) == len(names) + 1
    for count in range(len(names)):
        assert list(distinct_hashes(names[:count]).items()) == list(found.items())[:count]


def test_platforms_that_share_a_hash_have_visitors_of_their_own() -> None:
    spec = {"visits_per_day": {"gamma": {"mean": 0.4, "shape": 2}}}
    first, second = TWINS
    rates = people({"platforms": {second: spec, first: spec}}).visit_rate
    assert abs(np.corrcoef(rates)[0, 1]) < 4 / np.sqrt(5000)
    alone = people({"platforms": {first: spec}}).visit_rate
    assert np.array_equal(rates[1], alone[0])
