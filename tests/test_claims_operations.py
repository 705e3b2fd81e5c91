"""What scenarios on back ends, credit, foresight, imitation and names claim, in small worlds over
several seeds. People, budgets, purses and hands are cut down alike: what is scarce stays so."""

from __future__ import annotations

from sim.engine.model import Market
from tests.claims import earned, run, summed

SEEDS = (1, 2, 3)


def alive(market: Market, camp: str) -> int:
    rows = market.recorder.tables()["merchants"]
    last = (rows["day"] == market.days - 1) & (rows["camp"] == camp)
    return int(rows["active"][last].sum())


def click_price(market: Market) -> float:
    rows = market.recorder.tables()["platforms"]
    return float(rows["spend"].sum() / rows["clicks"].sum())


def each(camps: tuple[str, ...], *settings: str) -> tuple[str, ...]:
    return tuple(f"merchants.{camp}.{setting}" for camp in camps for setting in settings)


# --- front end and back end ---------------------------------------------------------------------

LOUD, QUIET = ("loud_slow", "loud_sound"), ("quiet_slow", "quiet_sound")
SHOP = (
    "consumers.count=10000",
    "days=150",
    *each(LOUD + QUIET, "operations.cash=20000", "operations.stock=50"),
    *each(("loud_slow", "quiet_slow"), "operations.overhead=75", "operations.capacity=2"),
    *each(("loud_sound", "quiet_sound"), "operations.overhead=100", "operations.capacity=15"),
    *each(LOUD, "strategy.daily_budget=300"),
    *each(QUIET, "strategy.daily_budget=30"),
)


def test_a_front_end_that_is_loud_dies_of_a_back_end_that_is_slow() -> None:
    """Neither kills alone at these numbers, and a sound back end is worth more to the loud."""
    for seed in SEEDS:
        market = run("front_end_death", seed, *SHOP)
        assert alive(market, "loud_slow") == 0
        for camp in ("loud_sound", *QUIET):
            assert alive(market, camp) == 3
        profit = {camp: earned(market, camp) for camp in LOUD + QUIET}
        to_the_loud = profit["loud_sound"] - profit["loud_slow"]
        assert to_the_loud > profit["quiet_sound"] - profit["quiet_slow"]


def test_a_front_end_that_is_loud_enough_needs_no_help_to_die() -> None:
    louder = each(("loud_sound",), "strategy.daily_budget=750")
    for seed in SEEDS[:2]:
        market = run("front_end_death", seed, *SHOP, *louder)
        assert alive(market, "loud_sound") == 0
        assert alive(market, "quiet_sound") == 3


SHORT = ("rigid", "express", "overtime", "flexible")
FIVE = (*SHORT, "owned")


def test_supplies_and_hands_save_together() -> None:
    """Where supplies take six weeks, each alone leaves the other short."""
    small = (
        "consumers.count=10000",
        "days=150",
        *each(FIVE, "operations.cash=25000", "operations.stock=50", "strategy.daily_budget=300"),
        *each(SHORT, "operations.overhead=75", "operations.capacity=2"),
        *each(("overtime", "flexible"), "operations.overtime.orders=14"),
        *each(("owned",), "operations.overhead=100", "operations.capacity=15"),
    )
    for seed in SEEDS:
        market = run("flexible_supply", seed, *small)
        assert [alive(market, camp) for camp in ("rigid", "express", "flexible")] == [0, 0, 2]
        assert alive(market, "overtime") < 2
        profit = {camp: earned(market, camp) for camp in FIVE}
        assert profit["flexible"] > max(profit["express"], profit["overtime"], profit["rigid"])


# --- foresight ----------------------------------------------------------------------------------

CAMPS = ("blind", "near", "far")
TOWN = ("consumers.count=6000", "days=150", *each(CAMPS, "strategy.daily_budget=180"))


def test_foresight_wins_where_slots_are_scarce_and_nowhere_else() -> None:
    """Three slots for nine bidders: who knows what a customer is worth gets them. Nine slots:
    everybody is shown, and who bids more pays more."""
    for seed in SEEDS:
        scarce = run("short_sighted", seed, *TOWN)
        ample = run("short_sighted", seed, *TOWN, "platforms.mall.ad_slots=9")
        assert earned(scarce, "far") > earned(scarce, "blind")
        assert earned(ample, "far") < earned(ample, "blind")


def test_foresight_of_all_goes_to_the_platform() -> None:
    for seed in SEEDS[:2]:
        blind = run("short_sighted", seed, *TOWN, *each(CAMPS, "strategy.discount=0"))
        far = run("short_sighted", seed, *TOWN, *each(CAMPS, "strategy.discount=0.99"))
        assert click_price(far) > 1.3 * click_price(blind)
        assert sum(earned(far, c) for c in CAMPS) < sum(earned(blind, c) for c in CAMPS)


# --- names and levers ---------------------------------------------------------------------------


def test_a_name_helps_who_sells_and_levers_help_who_has_none() -> None:
    dear, cheap = ("name_and_ads", "promotion", "community"), ("name_alone", "nothing")
    levers = ("product", "price", "place", "service")
    small = (
        "consumers.count=8000",
        "days=240",
        *each(dear, "strategy.daily_budget=120"),
        *each((*cheap, *levers), "strategy.daily_budget=24"),
        "merchants.community.strategy.community.staff=0.4",
        "platforms.bazaar.rent=12",
    )
    for seed in SEEDS[:2]:
        market = run("brand_or_lever", seed, *small)
        profit = {camp: earned(market, camp) for camp in (*cheap, *dear, *levers)}
        assert profit["name_and_ads"] > max(profit["name_alone"], profit["promotion"])
        assert profit["name_alone"] > profit["nothing"]
        for lever in ("promotion", "community", "place", "product"):
            assert profit[lever] > profit["nothing"]


# --- serve first --------------------------------------------------------------------------------


def test_who_serves_first_and_sells_then_beats_the_other_order() -> None:
    """The same camp under the same luck, with as many posts of either kind."""
    others = ("sells_first", "both", "only_sells", "only_serves")
    way = "merchants.serves_first.strategy.community"
    small = ("consumers.count=9000", "days=200", *each(others, "count=1"),
             "merchants.serves_first.count=2")  # fmt: skip
    for seed in SEEDS[:2]:
        profit = [
            earned(
                run(
                    "serve_first",
                    seed,
                    *small,
                    f"{way}.sales_posts={1 - served}",
                    f"{way}.service_posts={served}",
                    f"events=[{{day: 100, set: {{{way}.sales_posts: {served},"
                    f" {way}.service_posts: {1 - served}}}}}]",
                ),
                "serves_first",
            )
            for served in (1, 0)
        ]
        assert profit[0] > profit[1]


# --- credit -------------------------------------------------------------------------------------


def test_credit_carries_who_will_earn_and_deepens_the_fall_of_who_will_not() -> None:
    for seed in SEEDS:
        market = run("borrowed_growth", seed, "days=150")
        assert alive(market, "none") == 0
        for camp in ("bank", "lender"):
            assert alive(market, camp) == 3
            assert earned(market, camp) > 0
        assert summed(market, "lender", "interest") > 3 * summed(market, "bank", "interest") > 0
        assert alive(market, "overpaying") == alive(market, "overpaying_on_credit") == 0
        assert earned(market, "overpaying_on_credit") < 3 * earned(market, "overpaying") < 0


def test_ordering_supplies_seldom_saves_the_cost_of_ordering() -> None:
    """An order point of a week against ordering on every day, at 200 yuan an order."""
    camp = "merchants.bank.operations"
    for seed in SEEDS[:2]:
        daily, seldom, free = (
            run("borrowed_growth", seed, "days=150", *more)
            for more in ((f"{camp}.order_point=28",), (), (f"{camp}.order_cost=0",))
        )
        logistics = [summed(market, "bank", "logistics") for market in (daily, seldom, free)]
        assert logistics[0] > 2 * logistics[1] > 2 * logistics[2]


# --- imitation ----------------------------------------------------------------------------------


def test_copycats_follow_who_sells_most_whether_it_pays_or_not() -> None:
    cheap = tuple(f"merchants.{camp}.strategy.daily_budget=600" for camp in ("spender", "reckoner"))
    for seed in SEEDS:
        for more, pays in (((), False), (cheap, True)):
            market = run("copycats", seed, "days=200", *more)
            assert summed(market, "spender", "orders") > summed(market, "reckoner", "orders")
            assert summed(market, "copycat", "orders") > 3 * summed(market, "reckoner", "orders")
            assert (earned(market, "spender") > 0) == pays
            assert (earned(market, "copycat") > earned(market, "reckoner")) == pays
