"""Prediction along real ties: the fit finds what was planted, and files are read with care."""

from __future__ import annotations

from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from sim.check.known_graphs import graph_of
from sim.check.measured import Effort
from sim.check.villages import Place, most_likely, own_places, person_periods, read_places
from sim.errors import ScenarioError


def planted(p: float, q: float, people: int = 3000, last: int = 12) -> Place:
    """A place in which people adopt by p and q, in plain Python."""
    ties = nx.gnm_random_graph(people, 3 * people, seed=4)
    rng = np.random.default_rng(5)
    when = np.full(people, last + 1)
    for t in range(1, last + 1):
        had = when < t
        share = np.array([had[list(ties[i])].mean() if ties[i] else 0.0 for i in range(people)])
        when[~had & (rng.random(people) < p + q * share)] = t
    return Place("planted", when, ties, last)


@pytest.mark.parametrize(("p", "q"), [(0.03, 0.4), (0.05, 0.0), (0.01, 0.8)])
def test_most_likely_finds_what_was_planted(p: float, q: float) -> None:
    share, adopted = person_periods(planted(p, q), by_ties=True)
    found = most_likely(share, adopted)
    chance = found[0] + found[1] * share
    bend = np.where(adopted, 1 / chance**2, 1 / (1 - chance) ** 2)
    hessian = [[bend.sum(), (bend * share).sum()], [(bend * share).sum(), (bend * share**2).sum()]]
    error = np.sqrt(np.diag(np.linalg.inv(hessian)))
    assert abs(found[0] - p) < 4 * error[0]
    assert abs(found[1] - q) < 4 * error[1]
    constant, nothing = most_likely(share, adopted, imitates=False)
    assert nothing == 0.0
    assert constant == pytest.approx(adopted.mean())


def test_person_periods_count_everybody_until_adopting() -> None:
    place = Place("path", np.array([1, 2, 4]), nx.path_graph(3), 3)
    share, adopted = person_periods(place, by_ties=True)
    assert share.tolist() == [0, 0, 0, 0.5, 0, 1]
    assert adopted.tolist() == [True, False, False, True, False, False]
    alike, _ = person_periods(place, by_ties=False)
    assert alike == pytest.approx([0, 0, 0, 1 / 3, 1 / 3, 2 / 3])
    assert place.curve == pytest.approx([1 / 3, 2 / 3, 2 / 3])
    assert len(graph_of(place.ties).indices) == 4


def write(folder: Path, places: int) -> tuple[str, str]:
    edges, times = folder / "ties.csv", folder / "times.csv"
    rng = np.random.default_rng(1)
    ties, when = ["town,ego,alter"], ["town,id,toa"]
    for town in range(places):
        when += [f"{town},{i},{rng.integers(1, 7)}" for i in range(30)]
        ties += [f"{town},{i},{(i + 1) % 30}" for i in range(30)]
        ties += [f"{town},5,5", f"{town},5,999"]
    edges.write_text("\n".join(ties) + "\n")
    times.write_text("\n".join(when) + "\n")
    return str(edges), str(times)


def test_files_of_ones_own(tmp_path: Path) -> None:
    edges, times = write(tmp_path, 5)
    places = read_places(Path(edges), Path(times), "town")
    assert [place.name for place in places] == ["0", "1", "2", "3", "4"]
    assert all(place.ties.number_of_edges() == 30 and place.last == 5 for place in places)
    found = own_places(Effort(share=0.01), edges=edges, times=times, place="town")
    assert len(found.points) == 1 and 0.5 < found.points[0].got < 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"edges": "nowhere.csv"}, "--edges: no file 'nowhere.csv'"),
        ({"place": "city"}, "no column 'city'"),
        ({"places": 2}, "2 places, at least 3"),
    ],
)
def test_files_that_will_not_do(options: dict[str, object], says: str, tmp_path: Path) -> None:
    edges, times = write(tmp_path, int(options.pop("places", 4)))  # type: ignore[call-overload]
    with pytest.raises(ScenarioError, match=says):
        own_places(Effort(), **{"edges": edges, "times": times, "place": "town"} | options)  # type: ignore[arg-type]
