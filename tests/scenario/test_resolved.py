from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim.scenario.behaviour import Choice
from sim.scenario.firms import Product
from sim.scenario.load import digest, dump, from_dict, load, loads
from sim.scenario.units import format_money

SHOP = "name: shop\nplatforms:\n  mall: {fee: 5%}\nmerchants:\n  b: {}\n  c: {}\n"


@pytest.mark.parametrize(
    "text",
    [
        SHOP.replace("5%", "0.05"),
        SHOP.replace("name: shop", "name: other\ndescription: another\nseed: 9\ncheck: daily"),
        SHOP + "days: 1y\n",
        SHOP + f"choice: {{trust: {Choice().trust}}}\n",  # a default, written out
        SHOP.replace("b: {}", f"b: {{product: {{price: {format_money(Product().price, 'CNY')}}}}}"),
    ],
)
def test_digest_stays(text: str) -> None:
    assert loads(text).digest == loads(SHOP).digest


@pytest.mark.parametrize(
    "text",
    [
        SHOP.replace("5%", "6%"),
        SHOP + "days: 364\n",
        SHOP.replace("  b: {}\n  c: {}\n", "  c: {}\n  b: {}\n"),  # who is first may matter
        SHOP + "events:\n  - {day: 3, set: {choice.trust: 2.125}}\n",
        SHOP.replace("mall", "hall"),
    ],
)
def test_digest_changes(text: str) -> None:
    assert loads(text).digest != loads(SHOP).digest


def test_digest_knows_the_contents_of_graph_files_not_their_paths(tmp_path: Path) -> None:
    for folder, ties in (("a", "0 1\n"), ("b", "0 1\n"), ("c", "0 2\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{folder}.txt").write_text(ties)
        text = f"name: g\ngraph: {{kind: edge_list, path: {folder}.txt}}\n"
        (tmp_path / folder / "g.yaml").write_text(text)
    a, b, c = (load(tmp_path / folder / "g.yaml") for folder in "abc")
    assert a.digest == b.digest != c.digest
    assert digest(a.scenario, a.folder) == a.digest
    with pytest.raises(FileNotFoundError):
        digest(a.scenario, tmp_path)


def test_digest_is_that_of_what_was_understood() -> None:
    assert re.fullmatch("[0-9a-f]{64}", loads(SHOP).digest)
    assert loads(SHOP).digest == loads(dump(loads(SHOP).scenario)).digest


def test_dump_is_yaml_for_people() -> None:
    text = SHOP.replace("b: {}", "b: {product: {price: 129}}")
    text = dump(
        loads(text + "consumers: {need_rate: {gamma: {mean: 0.0125, shape: 1}}}\n").scenario
    )
    assert "      price: 129.00 CNY  # money\n" in text
    assert "    fee: 0.05  # share of the price\n" in text
    assert "  need_rate:  # needs per day\n    gamma:\n      mean: 0.0125\n" in text
    assert "None" not in text


@pytest.mark.parametrize(
    "text",
    [
        *("", "no", "null", "12", "1e3", "a: b", "a #b", "- a", "*a", "&a", "!a", "'", '"', "\\"),
        *("line\nline", "tab\there", " space ", "café 流量 🛒", "\x7f", "\x85", "\u2028", "\ufeff"),
        *("5%", "5 CNY", "a:b", "a:1", "---", "...", "~", "?", "=", "<<", "{a}", "%", "@", "0o7"),
        *("2020-01-01", "12:30:00"),
    ],
)
def test_any_text_survives(text: str) -> None:
    options = {"kind": "my.shop:Mine", "option": text, text or "x": [text, {"y": text}]}
    if text in ("kind", "review"):
        return
    values = {"name": "a", "description": text, "merchants": {"b": {"strategy": options}}}
    scenario = from_dict(values).scenario
    assert scenario.description == text
    assert loads(dump(scenario)).scenario == scenario
