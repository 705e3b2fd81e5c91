"""Files of ties: every format, every mistake, two real networks, communities."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.world.graph import communities
from sim.world.graph.columns import FileProblem
from sim.world.graph.csr import Graph, rows_from_edges
from sim.world.graph.edge_list import edge_list_ties
from sim.world.graph.measures import local_clustering, mixing, tribe_assortativity
from sim.world.graph.ties import Ties
from sim.world.graph.tribal import Target, tribal_rows
from tests.world.test_graph_csr import check_rows

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "graphs"


def real(*files: str) -> Path:
    for file in files:
        if not (REAL / file).is_file():
            pytest.skip(f"{REAL / file} is missing: real networks are not part of the project")
    return REAL


def read(folder: Path, text: str | bytes, labels: str | None = None) -> Ties:
    raw = text.encode() if isinstance(text, str) else text
    (folder / "ties").write_bytes(raw)
    if labels is not None:
        (folder / "labels").write_text(labels)
    return edge_list_ties(folder, "ties", None if labels is None else "labels", 1)


def ties_of(ties: Ties) -> set[frozenset[int]]:
    return {frozenset(tie) for tie in zip(ties.u.tolist(), ties.v.tolist(), strict=True)}


def graph_of(ties: Ties) -> Graph:
    rows = rows_from_edges(ties.u, ties.v, ties.people)
    check_rows(*rows)
    return Graph(*rows, np.zeros(0, np.float32), 0.0)


PATH = {frozenset((0, 1)), frozenset((1, 2)), frozenset((2, 3))}


@pytest.mark.parametrize(
    "text",
    [
        "# SNAP\n# FromNodeId\tToNodeId\n10\t20\n20\t30\n30\t40\n",
        "10 20\n20   30\n \t30 40 \n",
        "10 20\n\n% note\n20 30\r\n30 40",
        "u,v\n10,20\n20,30\n30,40\n",
        "source;target;weight\n10;20;0.5\n20;30;1\n30;40;2\n",
        '"from","to"\n"10","20"\n"20","30"\n"30" , "40"\n',
        "\ufeff10,20\n20,30\n30,40\n",
        "10 20\n20 10\n20 30\n10 20\n30 40\n99 99\n",
        "-5 -4\n-4 7\n7 123456789012345678\n",
        "anna ben\nben cleo\ncleo dan\n",
        "source,target\nanna a.,ben b.\nben b.,cleo c.\ncleo c.,dan d.\n",
        "anna\tben\nben\tcleo\ncleo\tdan und söhne\n",
        '"a, b";"c"\n"c";d\nd;"e;f"\n',
        "7 x7\nx7 007\n007 8\n",
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_formats(tmp_path: Path, text: str, packed: bool) -> None:
    raw = text.encode()
    ties = read(tmp_path, gzip.compress(raw) if packed else raw)
    assert ties.people == 4, "whoever is tied to nobody else is left out"
    assert ties_of(ties) == PATH
    assert ties.u.dtype == ties.v.dtype == np.int32
    assert ties.tribe is not None
    assert ties.tribe.shape == (4,)


def test_a_first_tie_of_texts_is_no_header(tmp_path: Path) -> None:
    assert read(tmp_path, "a b\n").people == 2
    assert read(tmp_path, "a b\nb c\n").people == 3


def test_numbers_keep_their_order(tmp_path: Path) -> None:
    ties = read(tmp_path, "300 1\n1 20\n", labels="1 one\n20 twenty\n300 hundreds\n")
    assert ties_of(ties) == {frozenset((0, 2)), frozenset((0, 1))}
    assert ties.tribe is not None
    assert ties.tribe_names == ["hundreds", "one", "twenty"]
    assert ties.tribe.tolist() == [1, 2, 0]


@given(
    st.lists(
        st.tuples(
            st.text("abc1é", min_size=1, max_size=5), st.text("abc1é", min_size=1, max_size=5)
        ),
        min_size=1,
        max_size=60,
    )
)
@settings(max_examples=60, deadline=None)
def test_ids_of_any_kind(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]):  # type: ignore[no-untyped-def]
    pairs = [("x", "y"), ("y", "z"), *pairs]
    folder = tmp_path_factory.mktemp("ids")
    ties = read(folder, "".join(f"{a}\t{b}\n" for a, b in pairs))
    real_pairs = {frozenset(pair) for pair in pairs if pair[0] != pair[1]}
    assert ties.people == len(set().union(*real_pairs))
    assert len(ties_of(ties)) == len(real_pairs)


def test_many_texts(tmp_path: Path) -> None:
    """Enough for the hash table to grow several times."""
    text = "".join(f"person-{i} person-{(i * 7 + 1) % 9000}\n" for i in range(9000))
    ties = read(tmp_path, text)
    number = {f"person-{i}": i for i in range(9000)}
    assert ties.people == len(number)
    seen: dict[str, int] = {}
    for i in range(9000):
        for name in (f"person-{i}", f"person-{(i * 7 + 1) % 9000}"):
            seen.setdefault(name, len(seen))
    wanted = {
        frozenset((seen[f"person-{i}"], seen[f"person-{(i * 7 + 1) % 9000}"])) for i in range(9000)
    }
    assert ties_of(ties) == {pair for pair in wanted if len(pair) == 2}


def test_labels(tmp_path: Path) -> None:
    labels = "id,dep\n30,sales\n10,sales\n20,Research and Development\n40,sales\n77,nobody\n"
    ties = read(tmp_path, "10 20\n20 30\n30 40\n", labels=labels)
    assert ties.tribe_names == ["Research and Development", "sales"]
    assert ties.tribe is not None
    assert ties.tribe.tolist() == [1, 0, 1, 1]
    spaced = read(tmp_path, "10 20\n", labels="# who what\n10 Sales East\n20 Sales West\n")
    assert spaced.tribe_names == ["Sales East", "Sales West"]
    numbers = read(tmp_path, "10 20\n20 30\n", labels="10 10\n20 9\n30 100\n")
    assert numbers.tribe_names == ["9", "10", "100"]


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("1 2\n3\n", 2, "two fields"),
        ("# c\n\n1,2\n3,\n", 4, "empty field"),
        ("1,2\n,3\n", 2, "empty field"),
        ("1,2\n3 4\n", 2, "two fields"),
        ('1,2\n"3,4\n', 2, "not closed"),
        ("", 0, "is empty"),
        ("# only words\n", 0, "is empty"),
        ("source,target\n", 0, "no tie between two people"),
        ("5 5\n6 6\n", 0, "no tie between two people"),
        (b"\x1f\x8bnonsense", 0, "damaged gzip"),
        ("1 2\n".encode("utf-16"), 0, "not a text file"),
    ],
)
def test_mistakes_are_told_with_their_line(
    tmp_path: Path, text: str | bytes, line: int, says: str
) -> None:
    with pytest.raises(FileProblem, match=says) as caught:
        read(tmp_path, text)
    assert (caught.value.file, caught.value.line) == ("ties", line)
    assert says in caught.value.problem
    place = f"ties:{line}: " if line else "ties: "
    assert str(caught.value).startswith(place)


def test_a_mistake_late_in_a_packed_file(tmp_path: Path) -> None:
    lines = [f"{i},{i + 1}" for i in range(50_000)]
    lines[43_210] = "oops"
    with pytest.raises(FileProblem, match="'oops'") as caught:
        read(tmp_path, gzip.compress("\n".join(lines).encode()))
    assert caught.value.line == 43_211


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="no such file"):
        edge_list_ties(tmp_path, "nowhere.txt", None, 1)
    with pytest.raises(FileProblem, match="cannot be read"):
        edge_list_ties(tmp_path, ".", None, 1)
    (tmp_path / "ties").write_text("1 2\n")
    with pytest.raises(FileProblem, match="no such file"):
        edge_list_ties(tmp_path, "ties", "nowhere.txt", 1)


@pytest.mark.parametrize(
    ("labels", "line", "says"),
    [
        ("1 a\n3 b\n", 0, "2 of 4 people have no label: 2, 4"),
        ("1 a\n2 a\n3 b\n1 b\n4 a\n", 4, "already has the label 'a'"),
        ("1 a\n2\n", 2, "two fields"),
        ("", 0, "4 of 4 people have no label: 1, 2, 3, ..."),
    ],
)
def test_labels_that_do_not_fit(tmp_path: Path, labels: str, line: int, says: str) -> None:
    with pytest.raises(FileProblem, match=says.replace(".", r"\.")) as caught:
        read(tmp_path, "1 2\n2 3\n3 4\n", labels=labels)
    assert (caught.value.file, caught.value.line) == ("labels", line)


def test_facebook() -> None:
    ties = edge_list_ties(real("facebook_combined.txt"), "facebook_combined.txt", None, 1)
    graph = graph_of(ties)
    assert (ties.people, graph.indices.size) == (4039, 2 * 88_234)
    assert local_clustering(graph) == pytest.approx(0.605, abs=0.001)
    assert ties.tribe is not None
    assert ties.tribe_names is not None
    assert 8 < len(ties.tribe_names) < 40
    assert tribe_assortativity(graph, ties.tribe) > 0.9
    assert (np.diff(np.bincount(ties.tribe)) <= 0).all(), "the largest comes first"


def test_email() -> None:
    files = ("email-Eu-core.txt", "email-Eu-core-department-labels.txt")
    ties = edge_list_ties(real(*files), *files, 1)
    graph = graph_of(ties)
    assert (ties.people, graph.indices.size) == (986, 2 * 16_064)
    assert ties.tribe_names is not None
    assert ties.tribe is not None
    assert len(ties.tribe_names) == 42
    assert ties.tribe_names[:3] == ["0", "1", "2"]
    assert 0 < mixing(graph, ties.tribe) < 1
    assert tribe_assortativity(graph, ties.tribe) > 0.2, "departments write to each other"
    first, again = (edge_list_ties(REAL, files[0], None, 1).tribe for _ in range(2))
    assert first is not None
    assert again is not None
    assert np.array_equal(first, again)
    assert tribe_assortativity(graph, first) > tribe_assortativity(graph, ties.tribe)


def test_propagation_finds_tribes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tribes that were put in are found again, by both methods, and deterministically."""
    tribe = (np.arange(6000) % 8).astype(np.int32)
    rows = tribal_rows(Target(12, 0.15, 0.2), 3.0, tribe, 1)
    graph = Graph(*rows, np.zeros(0, np.float32), 0.0)
    true = tribe_assortativity(graph, tribe)
    louvain, _ = communities.find_communities(*rows, 1)
    monkeypatch.setattr(communities, "SMALL_PEOPLE", 0)
    spread, names = communities.find_communities(*rows, 1)
    assert tribe_assortativity(graph, louvain) > 0.95 * true
    assert tribe_assortativity(graph, spread) > 0.95 * true
    assert len(names) == spread.max() + 1
    assert np.array_equal(spread, communities.find_communities(*rows, 1)[0])


def test_crumbs_share_the_last_tribe(tmp_path: Path) -> None:
    """A graph of 1,000 pairs would make 1,000 tribes."""
    ties = read(tmp_path, "".join(f"{2 * i} {2 * i + 1}\n" for i in range(1000)))
    assert ties.tribe is not None
    assert ties.tribe_names is not None
    assert len(ties.tribe_names) == communities.MOST
    assert ties.tribe.max() == communities.MOST - 1
    assert ties.tribe_names[-1] == "small communities"
