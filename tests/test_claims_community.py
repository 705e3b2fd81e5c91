"""What the scenarios on communities claim, in small worlds over several seeds."""

from __future__ import annotations

from tests.claims import earned, run, summed

SEEDS = (1, 2, 3)


SMALL = ("consumers.count=8000", "days=160")


def alone(camps: tuple[str, ...], count: int = 1) -> tuple[str, ...]:
    return tuple(f"merchants.{camp}.count={count}" for camp in camps)


def test_the_best_selling_intensity_lies_inside() -> None:
    """Who never sells and who sells four times a day are both beaten by somebody between."""
    camps = ("never", "seldom", "daily", "twice", "pushy")
    for seed in SEEDS:
        market = run("selling_too_hard", seed, *SMALL, *alone(camps))
        profit = {camp: earned(market, camp) for camp in camps}
        orders = {camp: summed(market, camp, "orders_community") for camp in camps}
        for found in (profit, orders):
            assert max(found, key=found.__getitem__) in ("seldom", "daily", "twice")
        assert orders["pushy"] < 0.5 * orders["seldom"]


def test_it_is_fatigue_that_punishes_the_pushy() -> None:
    """Where posts tire and mute nobody, who sells four times a day does not fall behind."""
    camps = ("never", "seldom", "daily", "twice", "pushy")
    small = (*SMALL, *alone(camps))
    tireless = ("groups.sales_fatigue=0", "groups.mute_rate=0")
    free, seldom = 0, 0
    for seed in SEEDS:
        calm = run("selling_too_hard", seed, *small, *tireless)
        tired = summed(run("selling_too_hard", seed, *small), "pushy", "orders_community")
        assert summed(calm, "pushy", "orders_community") > 3 * tired
        free += summed(calm, "pushy", "orders_community")
        seldom += summed(calm, "seldom", "orders_community")
    assert free > seldom


def test_integration_is_what_makes_many_groups_worth_it() -> None:
    camps = ("scattered", "learning", "integrated")
    small = ("consumers.count=9000", "days=200", "groups.cap=20", "groups.critical_mass=6")
    for seed in SEEDS:
        market = run("fragmented_groups", seed, *small, *alone(camps))
        assert earned(market, "integrated") > earned(market, "scattered")
        rows = market.recorder.tables()["communities"]
        last = {
            camp: rows["effort"][(rows["merchant"] == f"{camp}.1")][-1]
            for camp in ("scattered", "integrated")
        }
        assert last["integrated"] > 4 * last["scattered"]


def test_few_groups_need_no_integration() -> None:
    """In one large group effort is felt the same with integration and without."""
    camps = ("scattered", "learning", "integrated")
    small = ("consumers.count=9000", "days=100", "groups.cap=2000")
    market = run("fragmented_groups", 1, *small, *alone(camps))
    rows = market.recorder.tables()["communities"]
    for camp in ("scattered", "integrated"):
        mine = rows["merchant"] == f"{camp}.1"
        hours = rows["effort"][mine & (rows["groups"] == 1)][1:]  # felt from the next morning
        assert len(hours) > 0
        assert (hours <= 8.0).all()
        assert hours.min() >= 4.0  # half a person at least, in the one group


def test_a_bad_product_gains_less_from_groups_than_a_good_one() -> None:
    camps = ("good_bought", "bad_bought", "good_groups", "bad_groups")
    for seed in SEEDS:
        market = run("bad_product", seed, *SMALL, *alone(camps))
        profit = {camp: earned(market, camp) for camp in camps}
        assert profit["bad_groups"] < profit["good_groups"]
        for camp in ("followers", "members"):
            rows = market.recorder.tables()["merchants"]
            last = rows["day"] == market.days - 1
            held = {c: rows[camp][last & (rows["camp"] == c)].sum() for c in camps}
            assert held["bad_groups"] < 0.5 * held["good_groups"]


def test_who_listens_beats_who_convinces_where_the_product_is_off_the_mark() -> None:
    camps = ("convinces", "listens", "only_listens")
    small = ("consumers.count=8000", "days=200", *alone(camps))
    for seed in SEEDS:
        market = run("listen_to_fans", seed, *small)
        assert earned(market, "listens") > earned(market, "convinces")
        rows = market.recorder.tables()["communities"]
        moved = rows["product_moved"]
        assert not moved[rows["merchant"] == "convinces.1"].any()
        assert moved[rows["merchant"] == "listens.1"][-1] > 0.3


def test_hearing_more_fans_sharpens_less_and_less() -> None:
    """Six times the hours: the measured error falls, by about the root of six, no more."""
    camps = ("convinces", "listens", "only_listens")
    small = ("consumers.count=8000", "days=200", *alone(camps))
    short, long = [], []
    for seed in SEEDS:
        rows = run("listen_to_fans", seed, *small).recorder.tables()["communities"]
        late = rows["day"] >= 60
        for camp, errors in (("listens", short), ("only_listens", long)):
            errors.append(rows["taste_error"][late & (rows["merchant"] == f"{camp}.1")].mean())
    assert 1.2 < sum(short) / sum(long) < 4.0


def test_old_channels_do_little_and_a_community_much() -> None:
    camps = ("clicks", "led", "writing", "community")
    old, young, bought = 0, 0, 0
    for seed in SEEDS:
        market = run("leaders", seed, *SMALL, *alone(camps))
        old += summed(market, "writing", "orders_community")
        young += summed(market, "community", "orders_community")
        bought += summed(market, "led", "orders_media")
        assert summed(market, "clicks", "orders_media") == 0
    assert 0 < old < 0.2 * young
    assert bought > 0


def test_dearer_leaders_bring_less() -> None:
    camps = ("clicks", "led", "writing", "community")
    for seed in SEEDS:
        cheap = run("leaders", seed, *SMALL, *alone(camps))
        dear = run("leaders", seed, *SMALL, *alone(camps), "leaders.neighbour.fee=600")
        assert summed(dear, "led", "orders_media") < 0.6 * summed(cheap, "led", "orders_media")
        assert earned(dear, "led") < earned(cheap, "led")


def test_the_ladder_is_climbed_and_owns_more_than_who_stays() -> None:
    camps = ("stays", "climbs", "jumps", "both")
    low = ("merchants.climbs.strategy.fans=60", "merchants.climbs.strategy.members=80")
    small = ("consumers.count=8000", "days=200", *alone(camps), *low)
    for seed in SEEDS:
        market = run("ladder", seed, *small)
        rows = market.recorder.tables()["merchants"]
        stage = rows["stage"][rows["merchant"] == "climbs.1"]
        assert sorted(set(stage)) == [1, 2, 3, 4]
        owned = {
            camp: sum(
                summed(market, camp, f"orders_{how}")
                for how in ("community", "word_of_mouth", "direct")
            )
            / summed(market, camp, "orders")
            for camp in camps
        }
        assert owned["climbs"] > owned["stays"]
