"""The market: same bits on any threads, luck of one's own, and an ordinary mesa model."""

from __future__ import annotations

import gc
import inspect
import weakref
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pytest

from sim.engine.model import Market, understood
from sim.errors import RunError, ScenarioError, StrategyError
from sim.merchants.merchant import Merchant
from sim.scenario.load import dump, from_dict
from tests.engine.tiny import BUSY, build, by_day, digest, play, scenario, tables, total
from tests.merchants.trial import Diary

IDLE: dict[str, Any] = {
    "product": BUSY["merchants"]["buyer"]["product"],
    "operations": {"stock": 0, "cover": 0, "cash": 0},
    "strategy": {"kind": "buy_traffic", "daily_budget": 0},
}


# --- same bits ----------------------------------------------------------------------------------


def test_results_do_not_depend_on_threads_or_repetition() -> None:
    """Five chunks of people; one, two, three threads; and once more."""
    changes = {
        "consumers.count": 20_000,
        "days": 12,
        "entry": {"rate_per_month": 10, "mix": {"buyer": 0.5, "grower": 0.5}},
    }
    runs = [digest(play(changes, threads=threads)) for threads in (1, 2, 3, 1)]
    assert len(set(runs)) == 1
    assert digest(play(changes, seed=2)) != runs[0]


def test_state_is_the_same_too() -> None:
    worlds = [play({"days": 15}, threads=threads).world for threads in (1, 3)]
    for part in ("consumers", "relations", "offers", "boards", "accounts", "clients", "groups"):
        for name, array in getattr(worlds[0], part)._asdict().items():
            other = getattr(getattr(worlds[1], part), name)
            pairs = zip(array, other, strict=True) if name == "deals" else [(array, other)]
            assert all(np.array_equal(*pair) for pair in pairs), f"{part}.{name}"


@pytest.mark.parametrize("seed", [0, 1, 2**32, 2**63 - 1])
def test_any_seed_runs(seed: int) -> None:
    market = play({"days": 4}, seed=seed)
    assert market.run_seed == seed
    assert total(market, "orders") > 0


def test_high_and_low_halves_of_the_seed_count() -> None:
    seeds = (1, 2, 1 + 2**32, 1 + 2**40)
    assert len({digest(play({"days": 4}, seed=seed)) for seed in seeds}) == 4


@pytest.mark.parametrize("first", [True, False])
def test_a_merchant_who_does_nothing_changes_nobodys_luck(first: bool) -> None:
    """Without budget, stock and posts, first or last in the mapping: all other rows stay."""
    base = scenario({"choice.reference_price": 129})
    merchants = base["merchants"]
    more = {"aaa": IDLE, **merchants} if first else {**merchants, "zzz": IDLE}
    without, with_idle = play({}, base), play({"merchants": more}, base)
    old, new = (tables(m)["merchants"] for m in (without, with_idle))
    others = new["camp"] != ("aaa" if first else "zzz")
    assert (~others).sum() == 40
    for name in old:
        assert np.array_equal(new[name][others], old[name]), name
    for table in ("platforms", "communities"):
        same_rows = np.isin(
            tables(with_idle)[table].get("merchant", np.array(["x"])),
            ["aaa.1", "zzz.1"],
            invert=True,
        )
        for name, values in tables(without)[table].items():
            got = tables(with_idle)[table][name]
            assert np.array_equal(got[same_rows] if len(same_rows) > 1 else got, values), name


def test_switching_one_strategy_leaves_the_luck_of_needs_and_visits() -> None:
    """Common random numbers: who needs what and who visits when does not depend on merchants."""
    one = tables(play())["market"]
    other = tables(play({"merchants.buyer.strategy.daily_budget": 5}))["market"]
    assert np.array_equal(one["needs"], other["needs"])
    assert np.array_equal(one["visits"], other["visits"])
    assert one["orders"].sum() != other["orders"].sum()


def test_a_longer_run_begins_like_a_shorter_one() -> None:
    changes = {"entry": {"rate_per_month": 6, "mix": {"buyer": 1}}}
    short, long = play({**changes, "days": 12}), play({**changes, "days": 40})
    for table in ("merchants", "platforms", "communities"):
        for name, values in tables(short)[table].items():
            if name == "segregation":
                continue  # measured weekly, and on the last day
            assert np.array_equal(tables(long)[table][name][: len(values)], values), name
    weekly = (
        "fatigue",
        "tribe_assortativity",
        "modularity",
        "taste_assortativity",
        "brand_segregation",
        "brand_assortativity",
        "taste_within",
        "taste_between",
    )  # also measured on the last day
    for name, values in tables(short)["market"].items():
        got = tables(long)["market"][name][:12]
        if name in weekly:
            got, values = got[:11], values[:11]
        assert np.array_equal(got, values), name


# --- mesa ---------------------------------------------------------------------------------------


def test_market_is_a_mesa_model_of_mesa_agents() -> None:
    market = Market(scenario({"days": 3}), seed=1)
    assert isinstance(market, mesa.Model)
    assert len(market.agents) == 0  # nobody has come yet
    market.step()
    assert len(market.agents) == 5
    assert all(isinstance(agent, mesa.Agent) for agent in market.agents)
    assert set(market.agents_by_type) == {Merchant}
    growers = market.agents.select(lambda a: a.camp == "grower")
    assert sorted(growers.get("name")) == ["grower.1", "grower.2"]
    for agent in market.agents:
        assert agent.cash == market.world.accounts.cash[agent.firm.number]
        assert agent.stock == market.world.accounts.stock[agent.firm.number]
    assert market.running
    market.step()
    market.step()
    assert not market.running
    assert (market.day, market.steps) == (3, 3)


def test_run_model_runs_to_the_end() -> None:
    market = Market(scenario({"days": 3}), seed=1)
    market.run_model()
    assert market.day == 3


def test_there_is_no_day_after_the_last() -> None:
    market = play({"days": 3})
    with pytest.raises(RunError, match="over after 3 days"):
        market.step()


def test_data_collector_follows_the_market() -> None:
    market = Market(scenario({"days": 10}), seed=1)
    market.run_model()
    frame = market.datacollector.get_model_vars_dataframe()
    rows = tables(market)["market"]
    assert len(frame) == 10
    for name in frame.columns:
        assert frame[name].tolist() == rows[name].tolist(), name
    agents = market.datacollector.get_agent_vars_dataframe()
    last = agents.xs(10, level="Step")
    assert sorted(last["merchant"]) == ["buyer.1", "buyer.2", "buyer.3", "grower.1", "grower.2"]
    assert dict(zip(last["merchant"], last["cash"], strict=True)) == dict(
        zip((f.name for f in market.world.firms), market.world.accounts.cash.tolist(), strict=True)
    )


def test_market_runs_in_mesas_batch_runner() -> None:
    parameters = {"scenario": [scenario({"days": 5})], "days": [3, 4]}
    # Later releases of mesa 3 take the seeds of a batch apart from the parameters.
    if "rng" in inspect.signature(mesa.batch_run).parameters:
        seeds = {"rng": [1, 2]}
    else:
        seeds, parameters = {}, parameters | {"seed": [1, 2]}
    rows = mesa.batch_run(
        Market,
        parameters,
        number_processes=1,
        data_collection_period=-1,
        display_progress=False,
        **seeds,
    )
    ends = {(row["days"], row["seed"]): row["gmv"] for row in rows}
    assert set(ends) == {(3, 1), (3, 2), (4, 1), (4, 2)}
    for (days, seed), gmv in ends.items():
        assert gmv == play({"days": days}, seed=seed).row["gmv"]


def test_row_is_the_last_market_row() -> None:
    market = play({"days": 6})
    for name, values in tables(market)["market"].items():
        assert market.row[name] == values[-1]


def test_a_market_understands_every_form_of_a_scenario(tmp_path: Path) -> None:
    values = scenario({"days": 5})
    loaded = from_dict(values)
    path = tmp_path / "market.yaml"
    path.write_text(dump(loaded.scenario), encoding="utf-8")
    forms = [values, loaded, loaded.scenario, path, str(path)]
    digests = set()
    for form in forms:
        assert understood(form).scenario == loaded.scenario
        market = Market(form, seed=3, collect=False)
        market.run_model()
        digests.add(digest(market))
    assert len(digests) == 1
    with pytest.raises(TypeError, match="int"):
        Market(7)


def test_days_and_seed_given_replace_those_of_the_scenario() -> None:
    market = Market(scenario({"seed": 9, "days": 30}), days=2)
    assert (market.run_seed, market.days) == (9, 2)
    assert Market(scenario({"seed": 9}), seed=4).run_seed == 4


# --- odd worlds ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"merchants": {}},
        {"merchants.buyer.count": 0, "merchants.grower.count": 0},
        {"platforms": {}},
        {"platforms": {}, "merchants": {}},
        {"consumers.count": 1, "graph": {"kind": "complete"}},
        {"consumers.count": 1, "graph": {"kind": "random", "mean_degree": 0}},
        {"consumers.count": 3, "graph": {"kind": "ring"}},
        {"days": 1},
        {"consumers.tribes.count": 1, "graph": {"kind": "random"}},
        {"platforms.mall.ad_slots": 0},
        {"platforms.mall.ad_slots": 16},
        {"platforms.mall.visits_per_day": 0},
        {"platforms.mall.ticks_per_day": 1},
        {"platforms.mall.ticks_per_day": 48},
        {"platforms.mall.auction.reserve": 0},
        {"platforms.mall.organic.slots": 16, "consumers.slots": 32},
        {"consumers.slots": 2},
        {"graph": {"kind": "complete", "contacts": 20}},
        {"graph": {"kind": "networkx:karate_club_graph"}, "consumers": {}},
        {"merchants.buyer.product.unit_cost": 0},
        {"merchants.buyer.operations.capacity": 1},
        {"groups.cap": 2},
        {"sharing.samples": 0},
    ],
    ids=str,
)
def test_odd_worlds_run_and_add_up(changes: dict[str, Any]) -> None:
    """Conservation is checked on every day (``check: daily``)."""
    market = play({"days": 8, **changes})
    assert len(tables(market)["market"]["day"]) == market.days


def test_a_world_of_many_tribes_keeps_fewer_lots() -> None:
    market = play({"days": 5, "consumers.tribes.count": 80, "graph": {"kind": "random"}})
    assert market._stages is not None
    assert total(market, "clicks") > 0


# --- errors -------------------------------------------------------------------------------------


def with_strategy(kind: str, **options: Any) -> dict[str, Any]:
    return {
        "merchants.odd": {
            "count": 2,
            "strategy": {"kind": f"tests.merchants.trial:{kind}", "review": 1, **options},
        },
        "days": 10,
    }


@pytest.mark.parametrize(
    ("kind", "options", "day", "says"),
    [
        ("Raises", {}, 5, "KeyError: 'no plan'"),
        ("NotADecision", {}, 0, "must return a Decision, got dict"),
        ("NegativeBudget", {}, 0, "-1"),
        ("FractionalBid", {}, 0, "1.5"),
        ("Quiet", {"budgets": {"mal": 100}}, 0, "did you mean 'mall'"),
        ("Quiet", {"price": 0}, 0, "price"),
        ("Quiet", {"staff": -1.0}, 0, "staff"),
        ("Quiet", {"conversion": 1.5}, 0, "conversion"),
        ("Quiet", {"levers": [1.0, 1.0]}, 0, "levers"),
        ("Quiet", {"targets": [99]}, 0, "99"),
    ],
)
def test_a_failing_strategy_is_named(kind: str, options: dict, day: int, says: str) -> None:
    with pytest.raises(StrategyError) as caught:
        play(with_strategy(kind, **options))
    assert caught.value.merchant == "odd.1"
    assert caught.value.day == day
    assert says in str(caught.value)
    assert "odd.1" in str(caught.value)
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("buy_trafic", "buy_traffic"),
        ("tests.merchants.trail:Quiet", "cannot import"),
        ("tests.merchants.trial:Quite", "did you mean 'Quiet'"),
        ("tests.merchants.trial:NotAStrategy", "decide"),
    ],
)
def test_an_unknown_strategy_is_the_persons_to_fix(kind: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=says) as caught:
        build({"merchants.odd": {"strategy": {"kind": kind}}})
    assert "odd" in str(caught.value)


def test_a_strategy_that_refuses_its_options() -> None:
    with pytest.raises(ScenarioError, match=r"no use for \['colour'\]"):
        build(with_strategy("Picky", colour="red"))


def test_a_broken_stage_is_named_with_its_day() -> None:
    market = build({"days": 5})
    market.step()

    def broken(day: Any, threads: Any) -> None:
        raise IndexError("out of range")

    market._stages["sharing"] = broken
    with pytest.raises(RunError, match="out of range") as caught:
        market.step()
    assert (caught.value.stage, caught.value.day) == ("sharing", 1)


def test_a_graph_that_cannot_be_built_is_a_scenario_error() -> None:
    with pytest.raises(ScenarioError, match="graph"):
        build({"consumers.count": 30, "graph": {"kind": "tribal", "mean_degree": 25}})


# --- what a merchant sees -----------------------------------------------------------------------


def diary(review: int = 4, **options: Any) -> tuple[Market, dict[str, list[Any]]]:
    Diary.pages, Diary.luck = {}, {}
    market = play(
        {
            "merchants.odd": {
                "count": 3,
                "product": BUSY["merchants"]["buyer"]["product"],
                "strategy": {
                    "kind": "tests.merchants.trial:Diary",
                    "review": review,
                    "budgets": {"mall": 20_000},
                    "bids": {"mall": 300},
                    "staff": 1.0,
                    "wage": 5000,
                    "conversion": 0.6,
                    "sales_posts": 0.4,
                    **options,
                },
            }
        }
    )
    return market, Diary.pages


def test_merchants_decide_every_review_at_a_phase_of_their_own() -> None:
    _, pages = diary(review=7)
    assert len(pages) == 3
    for seen in pages.values():
        days = [o.day for o in seen]
        assert days[0] == 0
        assert set(np.diff(days[1:]).tolist()) == {7}
        assert 1 <= days[1] <= 7
        assert [o.period for o in seen] == [0, *np.diff(days).tolist()]
    assert len({seen[1].day for seen in pages.values()}) > 1


def test_a_merchant_sees_its_own_ledger_and_nothing_else() -> None:
    """What is seen over all periods is what the series say up to that morning."""
    market, pages = diary()
    rows = tables(market)["merchants"]
    for name, seen in pages.items():
        mine = {k: v[rows["merchant"] == name] for k, v in rows.items()}
        day = 0
        for o in seen:
            span = slice(day, o.day)
            owned = ("orders_community", "orders_word_of_mouth", "orders_direct")
            expected = {
                "orders": mine["orders"][span].sum(),
                "orders_paid": mine["orders_paid"][span].sum(),
                "orders_owned": sum(mine[c][span].sum() for c in owned),
                "new_customers": mine["new_customers"][span].sum(),
                "new_paid": mine["first_paid"][span].sum(),
                "repeat_orders": mine["repeat_orders"][span].sum(),
                "refunds": mine["refunds"][span].sum(),
                "revenue": mine["revenue"][span].sum(),
                "spend_ads": mine["spend_ads"][span].sum(),
                "spend_community": mine["spend_community"][span].sum(),
            }
            assert {k: getattr(o, k) for k in expected} == expected
            (view,) = o.platforms
            assert view.name == "mall"
            assert view.spend == o.spend_ads
            assert view.clicks == mine["clicks"][span].sum()
            assert view.impressions == mine["impressions"][span].sum()
            assert view.fee == 0.05
            assert view.reserve == 30
            if o.day:
                last = o.day - 1
                for column in ("cash", "stock", "followers", "members", "muted"):
                    assert getattr(o, column) == mine[column][last], column
            day = o.day
        assert seen[-1].members > 0
        assert 0 < seen[-1].activity <= 1
        assert seen[-1].groups > 0


def test_each_merchant_has_random_numbers_of_its_own() -> None:
    _, _ = diary()
    first = {name: list(luck) for name, luck in Diary.luck.items()}
    assert len({luck[0] for luck in first.values()}) == 3
    diary(staff=0.5)  # what is decided moves nobody's dice
    assert {name: list(luck) for name, luck in Diary.luck.items()} == first


def test_newcomers_open_on_their_day_with_their_capital() -> None:
    market = play({"entry": {"rate_per_month": 15, "mix": {"buyer": 0.5, "grower": 0.5}}})
    rows, world = tables(market)["merchants"], market.world
    newcomers = [f for f in world.firms if f.entry_day > 0]
    assert len(newcomers) > 10
    for firm in world.firms:
        days = rows["day"][rows["merchant"] == firm.name]
        assert days.tolist() == list(range(firm.entry_day, 40))
    capital = tables(market)["market"]["capital"]
    came = np.array([sum(f.entry_day <= d for f in world.firms) for d in range(40)])
    assert (capital == came * 20_000_000).all()
    entries = tables(market)["market"]["entries"]
    assert (np.cumsum(entries) + 5 == came).all()
    sold = [rows["orders"][rows["merchant"] == f.name].sum() for f in newcomers if f.entry_day < 30]
    assert sum(s > 0 for s in sold) > len(sold) / 2


def test_by_day_is_complete() -> None:
    assert by_day(play({"days": 4}), "orders").shape == (4, 5)


def test_a_market_that_is_let_go_leaves_no_memory() -> None:
    """At once if it is closed, else when Python looks for what holds each other."""
    for close in (True, False):
        market = play({"days": 2})
        world = weakref.ref(market.world)
        if close:
            market.close()
        del market
        if not close:
            gc.collect()
        assert world() is None
