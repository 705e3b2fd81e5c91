"""The corpus: every file in tests/scenarios/valid is understood, every one in invalid is refused.

An invalid file says in its first lines what the loader must answer, word for word::

    # expect: days_zero.yaml:3:7: days: got 0, needs …

``python tests/scenario/test_corpus.py`` writes these lines anew, for when a message or the schema
has changed on purpose: read the difference before you keep it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sim.errors import ScenarioError
from sim.scenario.load import dump, load, loads

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "scenarios"
VALID = sorted((CORPUS / "valid").glob("*.yaml"))
INVALID = sorted((CORPUS / "invalid").glob("*.yaml"))
SHIPPED = sorted((ROOT / "scenarios").glob("*.yaml"))
EXPECT = b"# expect: "
SCHEMA_LINE = "# yaml-language-server: $schema=../sim/scenario/flowtribe.schema.json"


def names(paths: list[Path]) -> list[str]:
    return [path.stem for path in paths]


def expected(path: Path) -> str:
    lines = path.read_bytes().split(b"\n")
    return b"\n".join(x.removeprefix(EXPECT) for x in lines if x.startswith(EXPECT)).decode()


def test_corpus_is_large_enough() -> None:
    assert len(INVALID) >= 45
    assert len(VALID) >= 15


@pytest.mark.parametrize("path", VALID, ids=names(VALID))
def test_valid(path: Path) -> None:
    loaded = load(path)
    assert not loaded.warnings
    again = loads(dump(loaded.scenario), folder=path.parent)
    assert again.scenario == loaded.scenario
    assert again.digest == loaded.digest


@pytest.mark.parametrize("path", INVALID, ids=names(INVALID))
def test_invalid(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    with pytest.raises(ScenarioError) as caught:
        load(path.name)
    assert str(caught.value) == expected(path)


def test_every_invalid_file_is_about_something_else() -> None:
    said: dict[str, str] = {}
    for path in INVALID:
        problem = expected(path).replace(path.name, "").partition(": ")[2]
        assert problem, f"{path.name} expects nothing"
        assert problem not in said, f"{path.name} expects the same as {said.get(problem)}"
        said[problem] = path.name


def rewrite() -> None:
    """Write the expected messages of all invalid files anew."""
    os.chdir(CORPUS / "invalid")
    for path in INVALID:
        raw = path.read_bytes()
        while raw.startswith(EXPECT):
            raw = raw.partition(b"\n")[2]
        said = ["?"]
        for _ in range(2):  # the second time with the right number of lines above
            above = "".join(f"{EXPECT.decode()}{line}\n" for line in said)
            Path(path.name).write_bytes(above.encode() + raw)
            with pytest.raises(ScenarioError) as caught:
                load(path.name)
            said = str(caught.value).split("\n")
        above = "".join(f"{EXPECT.decode()}{line}\n" for line in said)
        Path(path.name).write_bytes(above.encode() + raw)


@pytest.mark.parametrize("path", SHIPPED, ids=names(SHIPPED))
def test_shipped_scenarios_are_valid_and_named_after_their_file(path: Path) -> None:
    assert path.read_text(encoding="utf-8").splitlines()[0] == SCHEMA_LINE
    loaded = load(path)
    assert not loaded.warnings
    assert loaded.scenario.name == path.stem


def test_the_design_example_is_understood_as_meant() -> None:
    scenario = load(CORPUS / "valid" / "model_section_7.yaml").scenario
    assert scenario.consumers.count == 100_000
    assert scenario.platforms["mall"].auction.reserve == 30
    assert scenario.platforms["mall"].fee == 0.05
    assert scenario.merchants["buyer"].product.price == 12_900
    assert scenario.merchants["grower"].product.breadth == 0.7
    assert scenario.merchants["grower"].strategy.kind == "cultivate_community"
    assert scenario.events[0].set == {"platforms.mall.fee": "8%"}


def test_numbers_are_read_as_written() -> None:
    scenario = load(CORPUS / "valid" / "numbers.yaml").scenario
    assert scenario.name == "2024"
    assert (scenario.days, scenario.seed, scenario.consumers.count) == (10, 7, 10_000)
    assert scenario.consumers.tribes.sizes == [1.0, 2.5, 0.5]
    assert {platform.fee for platform in scenario.platforms.values()} == {0.05}
    assert [m.product.price for m in scenario.merchants.values()] == [129_950, 12_900, 15_000]
    odd = scenario.merchants["odd"].operations
    assert (odd.cover, odd.lead_time) == (1.5, 2)
    assert scenario.choice.attribution_window == 30


def test_what_yaml_1_1_misreads_is_text() -> None:
    scenario = load(CORPUS / "valid" / "yaml_1_2.yaml").scenario
    assert scenario.description == "no"
    assert scenario.check == "off"
    assert list(scenario.merchants) == ["on", "yes", "null", "12"]


def test_extends() -> None:
    scenario = load(CORPUS / "valid" / "extends.yaml").scenario
    assert list(scenario.merchants) == ["grower", "third"]
    grower = scenario.merchants["grower"]
    assert (grower.count, grower.strategy.kind) == (4, "cultivate_community")
    mall = scenario.platforms["mall"]
    assert (mall.fee, mall.auction.rule, mall.auction.reserve) == (0.07, "first_price", 50)
    assert scenario.consumers.need_rate.lognormal is not None
    assert scenario.consumers.need_rate.gamma is None
    assert scenario.entry.mix == {"grower": 0.5}
    assert scenario.events == []


if __name__ == "__main__":
    rewrite()
