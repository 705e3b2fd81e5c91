"""The page: whole, alone, honest markup, and deaf to what a scenario would like it to run."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from sim.engine.columns import TABLES
from sim.errors import RunError
from sim.scenario.question import Question
from sim.study import charts, report
from sim.study.formulas import MEASURES
from tests.study import fabricate
from tests.study.test_metrics import WORLDS

VOID = {"meta", "link", "br", "img", "input", "hr"}
HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&${7*7}{{7*7}}"


class Page(HTMLParser):
    """Collects what the tests ask about; fails on tags that do not nest."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            (self.scripts if tag == "script" else self.styles).append("")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif self.open and self.open[-1] == "style":
            self.styles[-1] += data
        else:
            self.words.append(data)

    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.tags if "id" in attrs]

    def element(self, name: str) -> Any:
        """The JSON of a script element."""
        scripts = [attrs for tag, attrs in self.tags if tag == "script"]
        index = next(i for i, attrs in enumerate(scripts) if attrs.get("id") == name)
        return json.loads(self.scripts[index])


def written(tmp_path: Path, **more: Any) -> str:
    return report.write_report(fabricate.folder(tmp_path, fabricate.scenario(**more))).read_text(
        encoding="utf-8"
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return Page(written(tmp_path_factory.mktemp("run")))


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_every_world_has_a_page_without_nonsense(world: str, tmp_path: Path) -> None:
    found = Page(written(tmp_path, **WORLDS[world]))
    text = " ".join(found.words)
    for nonsense in ("NaN", "undefined", "None", "Infinity", "nan ", "{{", "%}"):
        assert nonsense not in text.replace("None of", "")
    drawn = found.element("figures")
    framed = [attrs["data-chart"] for tag, attrs in found.tags if "data-chart" in attrs]
    assert sorted(framed) == sorted(drawn)
    assert len(set(found.ids())) == len(found.ids())


def test_story_comes_in_order(page: Page) -> None:
    order = [i for i in page.ids() if i in ("answer", "sure", "why", "more")]
    assert order == ["answer", "sure", "why", "more"]
    for folded in ("definitions", "scenario", "manifest", "timings", "columns"):
        assert folded in page.ids()
    folded_open = [attrs for tag, attrs in page.tags if tag == "details" and "open" in attrs]
    assert len(folded_open) == 1  # the camps' table; everything else is folded away


def test_one_plotly_and_nothing_from_elsewhere(page: Page, tmp_path: Path) -> None:
    bundles = [script for script in page.scripts if "plotly.js v" in script]
    assert len(bundles) == 1
    for tag, attrs in page.tags:
        for name in ("src", "href", "srcset", "action", "data", "poster"):
            assert (attrs.get(name) or "data:").startswith("data:"), (tag, attrs)
    assert all("url(" not in style and "@import" not in style for style in page.styles)
    own = [script for script in page.scripts if script not in bundles]
    assert not any(re.search(r"https?://|fetch\(|XMLHttpRequest|import\(", text) for text in own)
    policy = next(
        attrs["content"]
        for tag, attrs in page.tags
        if attrs.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy and policy.startswith("default-src 'none';")


def test_every_chart_is_there_and_names_its_units(page: Page) -> None:
    drawn = page.element("figures")
    wanted = {
        "profit",
        "spread",
        "gross",
        "price0",
        "price1",
        "visit_share",
        "sellers",
        "shop",
        "touch0",
        "touch1",
        "funnel_seen",
        "funnel_clicked",
        "funnel_bought",
        "retention0",
        "retention1",
        "customer_value",
        "followers",
        "members",
        "activity",
        "team_opened",
        "team_invited",
        "team_joined",
        "team_strangers",
        "attendance",
        "cash",
        "media",
        "fatigue",
        "opted_out",
        "readers",
        "pieces",
        "presence",
        "cascades",
        "largest_cascade",
        "assortativity",
        "timings",
    }
    assert set(drawn) == wanted
    units = [" ".join(words.split()) for words in page.words]
    for unit in (
        "Profit per merchant, thousand yuan",
        "Yuan per click",
        "Orders per day",
        "Yuan per customer, log scale",
        "People per merchant",
    ):
        assert unit in units


def test_charts_hold_tokens_and_themes_hold_all_of_them(page: Page) -> None:
    text = json.dumps(page.element("figures"))
    tokens = set(re.findall(r'"(@[a-z]+[\d.]*)"', text))
    for theme in page.element("themes").values():
        assert tokens <= set(theme)
    assert not re.search(r'"#[0-9a-fA-F]{6}"', text)
    smallest = min(int(size) for size in re.findall(r'"size": (\d+), "color": "@muted"', text))
    assert smallest >= 11


def test_currency_other_than_yuan_has_no_reference_line(tmp_path: Path) -> None:
    asked = fabricate.scenario().model_copy(update={"currency": "EUR"})
    found = Page(report.write_report(fabricate.folder(tmp_path, asked)).read_text("utf-8"))
    assert "180 yuan" not in json.dumps(found.element("figures"))
    assert "Euros per click" in " ".join(found.words)


def test_definitions_and_columns_have_one_source(page: Page) -> None:
    text = " ".join(" ".join(page.words).split())
    for measure in MEASURES.values():
        assert measure.definition in text
    for columns in TABLES.values():
        assert all(column.meaning in text for column in columns)


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    asked = fabricate.scenario()
    found = fabricate.tables(asked)
    merchants = found["merchants"]
    for column in ("camp", "merchant", "strategy"):
        merchants[column] = merchants[column].astype(object) + HOSTILE
    for table in ("communities", "cascades"):
        found[table]["merchant"] = found[table]["merchant"].astype(object) + HOSTILE
    found["platforms"]["platform"] = found["platforms"]["platform"].astype(object) + HOSTILE
    asked = asked.model_copy(
        update={
            "description": HOSTILE,
            "name": HOSTILE,
            "events": [asked.events[0].model_copy(update={"set": {HOSTILE: HOSTILE}})],
        }
    )
    folder = fabricate.folder(tmp_path, asked, found)
    (folder / "scenario.yaml").write_text(HOSTILE, encoding="utf-8")
    text = report.write_report(folder).read_text(encoding="utf-8")
    page = Page(text)
    assert sum(tag == "script" for tag, _ in page.tags) == 4
    assert not any(tag == "img" or "onerror" in attrs for tag, attrs in page.tags)
    assert "49" not in page.words
    assert any(HOSTILE in words for words in page.words)
    drawn = json.dumps(page.element("figures"))
    assert "<img" not in drawn and "<script" not in drawn
    picture = ElementTree.fromstring(charts.static_svg(folder))
    assert not picture.findall(".//{http://www.w3.org/2000/svg}script")


@pytest.mark.parametrize("world", WORLDS, ids=str)
def test_static_picture(world: str, tmp_path: Path) -> None:
    folder = fabricate.folder(tmp_path, fabricate.scenario(**WORLDS[world]))
    text = charts.static_svg(folder)
    root = ElementTree.fromstring(text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "prefers-color-scheme:dark" in text
    assert not re.search(r"nan|inf\b|None|href|<script", text)
    assert len(text) < 60_000


def test_many_camps_and_many_merchants(tmp_path: Path) -> None:
    asked = fabricate.scenario(days=40)
    group = asked.merchants["buyer"].model_copy(update={"count": 12})
    asked = asked.model_copy(update={"merchants": {f"camp_{i}": group for i in range(7)}})
    page = Page(report.write_report(fabricate.folder(tmp_path, asked)).read_text("utf-8"))
    text = " ".join(" ".join(page.words).split())
    assert "the best of 7 camps" in text
    assert "band: the middle half. " in text  # outer bands of seven camps would hide each other


def test_camps_of_many_merchants_are_shown_without_the_outer_tenths(tmp_path: Path) -> None:
    asked = fabricate.scenario(days=10)
    group = asked.merchants["buyer"].model_copy(update={"count": 12})
    asked = asked.model_copy(update={"merchants": {"buyer": group}})
    page = Page(report.write_report(fabricate.folder(tmp_path, asked)).read_text("utf-8"))
    assert "faint band: the middle 80 % of merchants" in " ".join(" ".join(page.words).split())


def test_net_cost_is_drawn_after_a_year(tmp_path: Path) -> None:
    page = Page(written(tmp_path, days=420))
    net = page.element("figures")["net"]["data"][0]["y"]
    assert net[:365] == [None] * 365
    assert any(value is not None for value in net[365:])


def test_same_folder_same_page(tmp_path: Path) -> None:
    folder = fabricate.folder(tmp_path, fabricate.scenario(days=20))
    first = report.write_report(folder).read_bytes()
    assert report.write_report(folder).read_bytes() == first
    assert sorted(path.name for path in folder.iterdir() if ".part" in path.name) == []


@pytest.mark.parametrize("missing", ["market.parquet", "summary.json"])
def test_unfinished_folders_are_named(missing: str, tmp_path: Path) -> None:
    folder = fabricate.folder(tmp_path, fabricate.scenario(days=2))
    (folder / missing).unlink()
    with pytest.raises(RunError, match=re.escape(missing)):
        report.write_report(folder)
    assert not (folder / "report.html").exists()


def test_broken_files_are_named(tmp_path: Path) -> None:
    folder = fabricate.folder(tmp_path, fabricate.scenario(days=2))
    (folder / "merchants.parquet").write_bytes(b"not a table")
    with pytest.raises(RunError, match=r"merchants\.parquet"):
        report.write_report(folder)
    (folder / "summary.json").write_text("{", encoding="utf-8")
    fabricate.write_parquet(folder, fabricate.tables(fabricate.scenario(days=2)))
    with pytest.raises(RunError, match=r"summary\.json"):
        report.write_report(folder)


def test_a_folder_of_another_version_is_refused(tmp_path: Path) -> None:
    asked = fabricate.scenario(days=2)
    folder = fabricate.folder(tmp_path, asked)
    import duckdb

    duckdb.connect(":memory:").execute(
        f"COPY (SELECT 1 AS day) TO '{folder / 'market.parquet'}' (FORMAT parquet)"
    )
    with pytest.raises(RunError, match="lacks the columns needs"):
        report.write_report(folder)


def test_report_needs_neither_manifest_nor_scenario(tmp_path: Path) -> None:
    folder = fabricate.folder(tmp_path, fabricate.scenario(days=2))
    (folder / "manifest.json").unlink()
    (folder / "scenario.yaml").unlink()
    Page(report.write_report(folder).read_text(encoding="utf-8"))


def test_json_in_the_page_cannot_close_its_element() -> None:
    text = report.as_json({"</script>": ["<!--", "a & b > c", 1.5, None]})
    assert not set("<>&") & set(text)
    assert json.loads(text) == {"</script>": ["<!--", "a & b > c", 1.5, None]}
    with pytest.raises(ValueError, match="JSON compliant"):
        report.as_json(float("nan"))


# --- the scenario's question ---------------------------------------------------------------------


def asking(*answers: dict[str, Any], ask: str = "Does it pay?") -> Question:
    return Question.model_validate({"ask": ask, "answers": list(answers)})


def test_the_question_stands_on_top_with_its_answers(tmp_path: Path) -> None:
    question = asking(
        {"name": "a buyer's profit", "metric": "camps.buyer.profit"},
        {"name": "late clicks", "metric": "camps.buyer.ctr", "days": [60, 120]},
    )
    found = Page(written(tmp_path, question=question))
    said = [" ".join(words.split()) for words in found.words if words.strip()]
    heads = [tag for tag, _ in found.tags if tag in ("h1", "h2")]
    assert heads[:2] == ["h1", "h2"]
    assert heads.count("h1") == 1
    first = said.index("Does it pay?")
    assert first < said.index("a buyer's profit") < said.index("late clicks")
    assert said.index("late clicks") < said.index("How sure?")
    assert "days 60 to 119" in said
    assert any("anecdote" in words for words in said[first : said.index("How sure?")])


def test_a_hostile_question_is_only_text(tmp_path: Path) -> None:
    question = asking({"name": HOSTILE, "metric": "market.gmv", "unit": HOSTILE}, ask=HOSTILE)
    found = Page(written(tmp_path, question=question))
    assert not any("alert" in script for script in found.scripts if "plotly.js v" not in script)
    assert not any(attrs.get("onerror") for _, attrs in found.tags)
    assert sum(HOSTILE in words for words in found.words) >= 3
