from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sim.errors import ScenarioError, ScenarioErrors, Where
from sim.scenario.firms import BuyTraffic, MerchantGroup, Product
from sim.scenario.load import dump, from_dict, load, loads
from sim.scenario.markets import Platform
from sim.scenario.population import Consumers
from sim.scenario.schema import Scenario

SHOP = "name: shop\nplatforms:\n  mall: {fee: 5%}\nmerchants:\n  buyer: {count: 3}\n"


def refused(text: str, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        loads(text, "f.yaml", overrides=overrides)
    return str(caught.value)


# --- files -------------------------------------------------------------------------------------


def test_missing_file_suggests_a_near_one(tmp_path: Path) -> None:
    (tmp_path / "quickstart.yaml").write_text("name: a\n")
    with pytest.raises(ScenarioError, match=r"no such file, did you mean '.*quickstart\.yaml'\?"):
        load(tmp_path / "quikstart")


def test_missing_file_suggests_a_shipped_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("scenarios").mkdir()
    Path("scenarios/quickstart.yaml").write_text("name: a\n")
    with pytest.raises(ScenarioError, match=r"did you mean 'scenarios/quickstart\.yaml'\?"):
        load("quickstart")


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="this is a folder"):
        load(tmp_path)


def test_name_that_no_file_can_have() -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load("a\0b")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", ":1:1: empty, a scenario needs at least a name"),
        (b"name: a\n# " + b"x" * (1 << 20), ": larger than 1 MiB, a scenario is a page of text"),
        ("name: a\n".encode("utf-16"), ":1:1: not UTF-8 text, save the file as UTF-8"),
        (b"name: a\ndescription: b\xc3\xa4r\xff\n", ":2:17: not UTF-8 text"),
        (b"name: a\0\n", ":1:8: the character U+0000 is not allowed in YAML"),
    ],
)
def test_content(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}{says}")


# --- places ------------------------------------------------------------------------------------


def test_places() -> None:
    loaded = loads(SHOP, "f.yaml", overrides=["merchants.buyer.product.price=9 CNY"])
    assert loaded.place("platforms.mall.fee") == Where("f.yaml", 3, 15, "platforms.mall.fee")
    # Nobody wrote this one: the place is the mapping around it.
    assert loaded.place("platforms.mall.auction.reserve").line == 3
    assert loaded.place("memory.click").line == 1
    assert (
        str(loaded.place("merchants.buyer.product.price")) == "--set merchants.buyer.product.price"
    )


def test_place_in_lists_and_events() -> None:
    loaded = loads(SHOP + "events:\n  - {day: 3, set: {platforms.mall.fee: 6%}}\n", "f.yaml")
    assert (loaded.place("events.0.day").line, loaded.place("events.0.day").column) == (7, 11)
    assert loaded.place("events.9.day").line == 7
    assert loaded.place("events.x").line == 7


def test_later_stages_can_tell_the_place() -> None:
    error = loads(SHOP, "f.yaml").error("merchants.buyer.count", "too many", "at most 2")
    assert str(error) == "f.yaml:5:18: merchants.buyer.count: too many, at most 2"


def test_several_errors_come_at_once_in_order() -> None:
    with pytest.raises(ScenarioErrors) as caught:
        loads("days: 0\nseed: -1\nname: a b\n", "f.yaml", overrides=["check=on"])
    assert [error.where.line for error in caught.value.errors] == [1, 2, 3, 0]


@pytest.mark.parametrize("text", ["days: 0\nname: a b\n", "name: [\n"])
def test_errors_survive_pickling(text: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        loads(text, "f.yaml")
    again = pickle.loads(pickle.dumps(caught.value))
    assert str(again) == str(caught.value)
    assert [str(e) for e in again.errors] == [str(e) for e in caught.value.errors]


def test_loaded_survives_pickling() -> None:
    loaded = loads(SHOP)
    assert pickle.loads(pickle.dumps(loaded)) == loaded


# --- overrides ---------------------------------------------------------------------------------


def test_overrides() -> None:
    scenario = loads(
        SHOP,
        overrides=[
            "days=30",
            "platforms.mall.fee = 8%",
            "platforms.feed={}",
            "platforms.feed.auction.reserve=1 CNY",
            "merchants.buyer.strategy={kind: hybrid, daily_budget: 5 CNY}",
            "merchants.buyer.strategy.community.staff=4",
            "consumers.need_rate.gamma.mean=0.5",
            "consumers.ad_tolerance.uniform={min: 1, max: 2}",
            "consumers.tribes={count: 2, sizes: [1, 3]}",
            "consumers.tribes.sizes.1=4",
        ],
    ).scenario
    assert scenario.days == 30
    assert scenario.platforms["mall"].fee == 0.08
    assert scenario.platforms["feed"].auction.reserve == 100
    strategy = scenario.merchants["buyer"].strategy
    assert (strategy.kind, strategy.daily_budget, strategy.community.staff) == ("hybrid", 500, 4.0)
    gamma = scenario.consumers.need_rate.gamma
    assert gamma is not None
    default = Consumers().need_rate.gamma
    assert default is not None
    assert (gamma.mean, gamma.shape) == (0.5, default.shape)  # what is not named stays
    assert scenario.consumers.ad_tolerance.lognormal is None
    assert scenario.consumers.tribes.sizes == [1.0, 4.0]
    assert scenario.merchants["buyer"].count == 3


def test_override_of_a_default_strategy_keeps_its_kind() -> None:
    loaded = loads(SHOP, overrides=["merchants.buyer.strategy.bid=2 CNY"])
    assert loaded.scenario.merchants["buyer"].strategy == BuyTraffic(bid=2)


def test_money_defaults_between_are_in_the_own_currency() -> None:
    text = "name: a\ncurrency: JPY\nmerchants: {b: {}}\n"
    scenario = loads(text, overrides=["merchants.b.product.quality=0.5"]).scenario
    assert scenario.merchants["b"].product == Product(quality=0.5)


def test_null_takes_a_setting_back() -> None:
    text = SHOP.replace("5%", "77%")
    scenario = loads(text, overrides=["platforms.mall.fee=null", "merchants.buyer=null"]).scenario
    assert scenario.platforms["mall"].fee == Platform().fee
    assert scenario.merchants == {}


def test_events_can_be_overridden() -> None:
    text = SHOP + "events:\n  - {day: 3, set: {platforms.mall.fee: 6%}}\n  - {day: 4, set: {}}\n"
    overrides = ["events.0.day=9", "events.0.set.platforms.mall.fee=7%", "events.1=null"]
    (event,) = loads(text, overrides=overrides).scenario.events
    assert (event.day, event.set) == (9, {"platforms.mall.fee": "7%"})


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("days", "--set: 'days' has no path and value, write path=value"),
        ("=3", "--set: '=3' has no path and value"),
        ("days=", "--set days: nothing after '=', write null to take a setting back"),
        ("days=x", "--set days: 'x' is not a duration"),
        ("days=[1", "--set days:1:3: ',' or ']' is missing"),
        ("consumers.cuont=3", "--set consumers.cuont: consumers has no setting 'cuont'"),
        ("consumers..count=3", "--set consumers..count: 'consumers..count' is not a path"),
        ("merchants.byer.count=3", "did you mean 'buyer'?"),
        ("merchants.buyer.price=3", "did you mean 'product.price'?"),
        ("platforms.mall.fee.x=3", "platforms.mall.fee is a single value, it has no settings"),
        ("events.0.day=3", "there is no number '0' in events, events is an empty list"),
        ("merchants.buyer.count=-1", "--set merchants.buyer.count: got -1, needs a whole number"),
        ("merchants.buyer={count: -1}", "--set merchants.buyer: merchants.buyer.count: got -1"),
        ("merchants.buyer.strategy.kind=hybrd", "did you mean 'hybrid'?"),
        ("platforms.mall.fee=!!str 5", "the tag !!str is not used here"),
        ("name=null", "f.yaml:1:1: name: missing"),
    ],
)
def test_wrong_overrides(override: str, says: str) -> None:
    assert says in refused(SHOP, override)


# --- extends -----------------------------------------------------------------------------------


def test_extends_tells_the_file_in_which_the_value_was_written(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("name: base\nmerchants:\n  b: {count: -1}\n")
    (tmp_path / "top.yaml").write_text("extends: base.yaml\nname: top\ndays: 0\n")
    with pytest.raises(ScenarioErrors) as caught:
        load(tmp_path / "top.yaml")
    places = [(Path(e.where.file).name, e.where.line) for e in caught.value.errors]
    assert places == [("top.yaml", 3), ("base.yaml", 3)]


def test_extends_has_a_greatest_depth(tmp_path: Path) -> None:
    for number in range(12):
        text = f"name: a\nextends: {number + 1}.yaml\n" if number < 11 else "name: a\n"
        (tmp_path / f"{number}.yaml").write_text(text)
    with pytest.raises(ScenarioError, match="too many files extend each other, at most 8"):
        load(tmp_path / "0.yaml")
    assert load(tmp_path / "4.yaml").scenario.name == "a"


def test_extends_through_a_link_is_a_circle_too(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("name: a\nextends: b.yaml\n")
    (tmp_path / "b.yaml").symlink_to("a.yaml")
    with pytest.raises(ScenarioError, match="extends itself"):
        load(tmp_path / "a.yaml")


def test_extends_in_text_and_dict(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text("name: base\ndays: 9\n")
    assert loads("name: t\nextends: base.yaml\n", folder=tmp_path).scenario.days == 9
    assert from_dict({"extends": "base.yaml"}, folder=tmp_path).scenario.name == "base"


# --- Python ------------------------------------------------------------------------------------


def test_from_dict_takes_records_and_numpy_numbers() -> None:
    group = MerchantGroup(product=Product(price=9_900))
    scenario = from_dict(
        {
            "name": "a",
            "currency": "JPY",
            "days": np.int64(5),
            "consumers": {"ad_tolerance": np.float32(0.5), "tribes": {"count": 1, "sizes": (1,)}},
            "merchants": {"b": group},
        }
    ).scenario
    assert scenario.days == 5
    assert scenario.merchants["b"] == group
    assert scenario.consumers.ad_tolerance.constant == 0.5


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"name": "a", "days": float("nan")}, "<dict>: days: nan is not a finite number"),
        ({"name": "a", 3: 4}, "<dict>: key 3 is not text"),
        ({"name": "a", "merchants": {"b": object()}}, "<dict>: merchants.b: a object is not"),
        ({"name": "a", "days": 0}, "<dict>: days: got 0"),
        ({"name": "a", "consumers": {"slots": "4"}}, "<dict>: consumers.slots: got the text '4'"),
        ({}, "<dict>: name: missing"),
    ],
)
def test_wrong_dicts(values: dict[str, object], says: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        from_dict(values)
    assert str(caught.value).startswith(says)


def test_dict_that_contains_itself() -> None:
    values: dict[str, object] = {"name": "a"}
    values["merchants"] = values
    with pytest.raises(ScenarioError, match="nested too deeply"):
        from_dict(values)


def test_warnings() -> None:
    text = SHOP + "days: 10\nevents:\n  - {day: 10, set: {platforms.mall.fee: 6%}}\n"
    assert loads(text, "f.yaml").warnings == (
        "f.yaml:8:11: events.0.day: day 10 never comes, the last day is 9",
    )
    assert not loads(text, overrides=["days=11"]).warnings


# --- anything at all ---------------------------------------------------------------------------

YAMLISH = st.text(alphabet="{}[]:,-&*!|>'\"%@`#?~<=\n\t \\.0123e+_abnameys", max_size=60)


def attempt(text: str) -> None:
    try:
        loads(text)
    except ScenarioError as error:
        assert str(error)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=60), YAMLISH))
@example("\ud800")
@example("name: \x85a")
@example("a: b: c")
@example("%YAML 9.9\n---\nname: a")
@example("name: a\ndays: 1e400")
@example("name: a\nseed: 99999999999999999999")
@example("- &a *a")
@example("name: a\nmerchants: {b: {product: {price: 1e999 CNY}}}")
@example("name: a\nplatforms: {m: {fee: 1e999%}}")
def test_garbage_is_refused_or_understood(text: str) -> None:
    attempt(text)
    attempt("name: a\n" + text)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_damaged_scenarios_are_refused_or_understood(data: st.DataObject) -> None:
    text = dump(loads(SHOP).scenario)
    at = data.draw(st.integers(0, len(text)))
    cut = data.draw(st.integers(0, 8))
    attempt(text[:at] + data.draw(YAMLISH) + text[at + cut :])


KEYS = st.sampled_from([*Scenario.model_fields, "kind", "count", "set", "day", "gamma", "x", ""])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=8,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_dict_is_refused_or_understood(values: dict[str, object]) -> None:
    try:
        from_dict(values)
    except ScenarioError as error:
        assert str(error)


NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,8}", fullmatch=True)
AMOUNT = st.integers(1, 10**12).map(lambda cents: f"{cents // 100}.{cents % 100:02} CNY")
SHARE = st.floats(0, 1)
SHAPE = st.one_of(
    st.floats(0.1, 100),
    st.fixed_dictionaries(
        {"gamma": st.fixed_dictionaries({"mean": SHARE.filter(bool), "shape": st.just(2)})}
    ),
)
PLAIN = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**9), 10**9),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.text(min_size=1, max_size=4), inner, max_size=3),
    ),
    max_leaves=6,
)
MERCHANT = st.fixed_dictionaries(
    {},
    optional={
        "count": st.integers(0, 5),
        "own_shop": st.booleans(),
        "product": st.fixed_dictionaries({}, optional={"price": AMOUNT, "quality": SHARE}),
        "strategy": st.one_of(
            st.fixed_dictionaries({"kind": st.just("hybrid"), "daily_budget": AMOUNT}),
            st.dictionaries(st.text(min_size=1, max_size=4), PLAIN, max_size=3).map(
                lambda options: {**options, "kind": "shop.own:Mine", "review": 3}
            ),
        ),
    },
)
SCENARIO = st.fixed_dictionaries(
    {"name": NAME},
    optional={
        "description": st.text(max_size=40),
        "days": st.integers(1, 1000),
        "platforms": st.dictionaries(
            NAME, st.fixed_dictionaries({"fee": SHARE, "visits_per_day": SHAPE}), max_size=3
        ),
        "merchants": st.dictionaries(NAME, MERCHANT, max_size=3),
        "graph": st.fixed_dictionaries(
            {
                "kind": st.just("networkx:path_graph"),
                "arguments": st.dictionaries(NAME, PLAIN, max_size=2),
            }
        ),
        "events": st.lists(
            st.fixed_dictionaries(
                {
                    "day": st.integers(0, 900),
                    "set": st.fixed_dictionaries({}, optional={"choice.trust": SHARE}),
                }
            ),
            max_size=2,
        ),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SCENARIO)
def test_what_is_dumped_is_read_back(values: dict[str, object]) -> None:
    loaded = from_dict(values)
    again = loads(dump(loaded.scenario))
    assert again.scenario == loaded.scenario
    assert again.digest == loaded.digest
