"""The supply side as arrays: what merchants offer, what platforms know, and everybody's purse.

``Offers`` is what consumers and auctions see (posted by merchants), ``Platform boards`` what a
platform has learned, ``Accounts`` whose money is where, to the fen. Merchants who come later have
their rows from the start and open on their day, so nobody's number ever changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sim.kernel import inlined
from sim.rng import Stream, generator
from sim.scenario.firms import MerchantGroup
from sim.scenario.schema import Scenario
from sim.world.consumers import Consumers, distinct_hashes, tribe_centres, tribe_shares
from sim.world.deals import Deals, no_deals
from sim.world.regions import Regions


class Offers(NamedTuple):
    """What ``M`` merchants post, for ``P`` platforms and ``S`` segments.

    luck uint32[M]: names the merchant in draws (a hash of its name, so that another merchant's
    arrival changes nobody's luck); is_open bool[M]: in business and able to sell;
    price, unit_cost int64[M]; log_price float32[M]: log(price / reference price);
    quality, breadth, spirit, fit_scale float32[M]; taste float32[M, D];
    bid int64[P, M] [money per click, mille or order]; budget int64[P, M] [money a day];
    target bool[M, S]; audience int8[M]: whom of these ads are for (``AUDIENCES``);
    own_shop bool[M]; closeness float32[M, S] in [0, 1]: what cultural distance leaves of a
    merchant's appeal ([M, 1] where there is one region, and nothing to look up); persona
    float64[M] in [0, 1]: appeal of the firm's face; friction float64[M]: share of buyers who give
    up at the own till; listed bool[P, M]: who sells on which platform; virality float32[M]: how
    readily news of it is passed on, over the usual; shelf int8[M]: category of the product, -1
    while it is not for sale; ``deals``: promotions that are good today.
    """

    luck: np.ndarray
    is_open: np.ndarray
    price: np.ndarray
    unit_cost: np.ndarray
    log_price: np.ndarray
    quality: np.ndarray
    breadth: np.ndarray
    spirit: np.ndarray
    fit_scale: np.ndarray
    taste: np.ndarray
    bid: np.ndarray
    budget: np.ndarray
    target: np.ndarray
    audience: np.ndarray
    own_shop: np.ndarray
    closeness: np.ndarray
    persona: np.ndarray
    friction: np.ndarray
    listed: np.ndarray
    virality: np.ndarray
    shelf: np.ndarray
    deals: Deals


class Boards(NamedTuple):
    """What platforms know: clicks and expected clicks float64[P, A, M] by aisle (``World.aisles``;
    forgetting slowly), share of auctions a bidder takes part in ``throttle`` float64[P, M] and what
    all of them would cost it in a tick ``rate`` float64[P, M] (-1 unknown), what its bid is
    multiplied with ``multiplier`` float64[P, M]; clicks and expected clicks of ads for followers
    ``followed`` float64[P, 2, M]; orders that ads brought, where these are billed ``orders``
    float64[P, M] (these three forget as well); segments that are like a merchant's
    audience ``alike`` bool[M, S]; sales velocity float64[P, M] [orders a day], organic results
    int16[P, G, 4096] by category (quantiles of the ranking)."""

    clicks: np.ndarray
    expected: np.ndarray
    throttle: np.ndarray
    rate: np.ndarray
    multiplier: np.ndarray
    followed: np.ndarray
    orders: np.ndarray
    alike: np.ndarray
    velocity: np.ndarray
    organic: np.ndarray


class Accounts(NamedTuple):
    """Money and goods, int64. cash, credit, stock, on_order [M]; arrivals [M, R] ring of goods
    under way; demand float64[M] [orders today], expected
    float64[M] [orders a day, half-life a week]; totals [7], see ``CONSUMERS`` and following."""

    cash: np.ndarray
    credit: np.ndarray
    stock: np.ndarray
    on_order: np.ndarray
    arrivals: np.ndarray
    demand: np.ndarray
    expected: np.ndarray
    totals: np.ndarray


# Positions in ``Accounts.totals``: cumulative money by where it went.
CONSUMERS, CAPITAL, PLATFORMS, SUPPLIERS, STAFF, MEDIA_TOTAL, HELD = 0, 1, 2, 3, 4, 5, 6
ORGANIC_CELLS = 4096
# Whom ads are for: all in the target segments, own followers among them, segments like one's own
# audience, or segments that were named.
EVERYBODY, FOLLOWERS, LOOKALIKES, NAMED = 0, 1, 2, 3
AUDIENCES = {"everybody": EVERYBODY, "followers": FOLLOWERS, "lookalikes": LOOKALIKES}


@dataclass(frozen=True)
class Firm:
    """Who a merchant is: its number, name ``camp.n``, camp, settings, and day of entry."""

    number: int
    name: str
    camp: str
    spec: MerchantGroup
    entry_day: int


def plan_firms(scenario: Scenario, days: int, seed: int) -> list[Firm]:
    """List all merchants who will ever come: those of day 0, then the newcomers by day.

    Those of the schedule come first on a day; the others arrive as a Poisson process, and each
    day's draw is its own, so that a longer run has the same newcomers first.
    """
    firms: list[Firm] = []
    counts: dict[str, int] = {}

    def add(camp: str, day: int) -> None:
        counts[camp] = counts.get(camp, 0) + 1
        name = f"{camp}.{counts[camp]}"
        firms.append(Firm(len(firms), name, camp, scenario.merchants[camp], day))

    for camp, group in scenario.merchants.items():
        for _ in range(group.count):
            add(camp, 0)
    entry = scenario.entry
    for line in entry.schedule:
        for _ in range(line.count if line.day == 0 else 0):
            add(line.merchant, 0)
    camps = sorted(entry.mix)
    shares = np.array([entry.mix[c] for c in camps]) / (sum(entry.mix.values()) or 1.0)
    last = days - 1 if entry.last_day is None else min(days - 1, entry.last_day)
    for day in range(1, days):
        for line in entry.schedule:
            for _ in range(line.count if line.day == day else 0):
                add(line.merchant, day)
        if entry.rate_per_month <= 0 or not entry.first_day <= day <= last:
            continue
        rng = generator(seed, Stream.ENTRY, day)
        for _ in range(rng.poisson(entry.rate_per_month / 30)):
            add(camps[int(rng.choice(len(camps), p=shares))], day)
    return firms


@inlined
def fit(offers: Offers, taste: np.ndarray, merchant: int) -> float:
    """Return how well a merchant's product fits a taste (float32[D]): a Gaussian kernel.

    ``fit_scale`` is the kernel's mean over the population to the power -1/2, so a narrow product
    delights few and leaves most cold, and its mean fit is below that of a wide one.
    """
    distance = 0.0
    wanted = offers.taste[merchant]
    for axis in range(len(taste)):
        gap = taste[axis] - wanted[axis]
        distance += gap * gap
    width = offers.breadth[merchant]
    return float(offers.fit_scale[merchant] * np.exp(-distance / (2.0 * width * width)))


@inlined
def closeness(offers: Offers, consumers: Consumers, i: int, m: int) -> float:
    """Return what is left of a merchant's appeal to a person of another region; 1 at home."""
    if offers.closeness.shape[1] == 1:
        return 1.0
    return float(offers.closeness[m, consumers.segment[i]])


@inlined
def affinity(offers: Offers, consumers: Consumers, i: int, m: int) -> float:
    """Return how well a merchant's product fits a person: taste, and culture between regions."""
    return fit(offers, consumers.taste[i], m) * closeness(offers, consumers, i, m)


@inlined
def charm(offers: Offers, consumers: Consumers, i: int, m: int) -> float:
    """Return the chance that a merchant's persona makes a satisfied buyer a follower."""
    if offers.persona[m] == 0.0:
        return 0.0
    return float(offers.persona[m] * min(1.0, affinity(offers, consumers, i, m)))


def build_offers(
    firms: list[Firm],
    scenario: Scenario,
    consumers: Consumers,
    number: int,
    regions: Regions,
    seed: int,
) -> tuple[Offers, np.ndarray]:
    """Post the first offers of all merchants (closed until they come) to people of ``number``
    tribes; with them, int64[M], the segment each product is made for: its tribe at home."""
    m, p = len(firms), len(scenario.platforms)
    products = [firm.spec.product for firm in firms]
    tribes = scenario.consumers.tribes
    centres = tribe_centres(tribes, number, seed)
    shares = (
        tribe_shares(tribes)
        if not scenario.graph_brings_people and number == tribes.count
        else np.bincount(consumers.tribe, minlength=number) / max(1, len(consumers.tribe))
    )
    segments = number * len(regions.distance)
    taste = np.zeros((m, tribes.dimensions), np.float32)
    home = np.zeros(m, np.int64)
    luck = distinct_hashes(f.name for f in sorted(firms, key=lambda f: (f.entry_day, f.name)))
    for firm in firms:
        rng = generator(seed, Stream.MERCHANT, luck[firm.name])
        drawn = int(rng.choice(number, p=shares / shares.sum()))
        wanted = firm.spec.product.tribe
        home[firm.number] = drawn if wanted is None else wanted
        nudge = 0.2 * rng.standard_normal(tribes.dimensions)  # no two products are the same
        taste[firm.number] = centres[home[firm.number]] + nudge
        if firm.spec.product.off_target > 0:
            aside = rng.standard_normal(tribes.dimensions)
            taste[firm.number] += firm.spec.product.off_target * aside / np.linalg.norm(aside)
    breadth = np.array([product.breadth for product in products], np.float32)
    offers = Offers(
        luck=np.array([luck[firm.name] for firm in firms], np.uint32),
        is_open=np.zeros(m, np.bool_),
        price=np.array([product.price for product in products], np.int64),
        unit_cost=np.array([product.unit_cost for product in products], np.int64),
        log_price=np.zeros(m, np.float32),
        quality=np.array([product.quality for product in products], np.float32),
        breadth=breadth,
        spirit=np.array([product.spirit for product in products], np.float32),
        fit_scale=_fit_scale(breadth, taste, centres, shares, tribes.spread),
        taste=taste,
        bid=np.zeros((p, m), np.int64),
        budget=np.zeros((p, m), np.int64),
        target=np.ones((m, segments), np.bool_),
        audience=np.zeros(m, np.int8),
        own_shop=np.array([firm.spec.own_shop for firm in firms], np.bool_),
        closeness=np.ones((m, segments if len(regions.distance) > 1 else 1), np.float32),
        persona=np.array([firm.spec.persona.appeal for firm in firms], np.float64),
        friction=np.array([firm.spec.shop.friction for firm in firms], np.float64),
        listed=np.zeros((p, m), np.bool_),
        virality=np.array([product.virality for product in products], np.float32),
        shelf=np.full(m, -1, np.int8),
        deals=no_deals(m),
    )
    for place, name in enumerate(scenario.platforms):
        if scenario.platforms[name].opens == 0:
            offers.listed[place] = may_sell(firms, name)
    return offers, home + number * np.array([firm.spec.region for firm in firms], np.int64)


def may_sell(firms: list[Firm], platform: str) -> np.ndarray:
    """Return bool[M]: whose ``platforms`` include this one."""
    allowed = [firm.spec.platforms for firm in firms]
    return np.array([names is None or platform in names for names in allowed], np.bool_)


def _fit_scale(
    breadth: np.ndarray, taste: np.ndarray, centres: np.ndarray, shares: np.ndarray, spread: float
) -> np.ndarray:
    """Return (mean kernel over people)^-1/2 for a product of each width at an average place.

    Closed form: a Gaussian kernel of width b against a Gaussian of variance v has mean
    (1 + v / b^2)^(-D/2); v is the variance of tastes over all people.
    """
    mean = shares @ centres
    between = float((shares @ (centres - mean) ** 2).mean()) if len(centres) else 0.0
    variance = between + spread**2
    dimensions = taste.shape[1]
    scale = (1.0 + variance / breadth.astype(np.float64) ** 2) ** (dimensions / 4)
    return np.asarray(scale.astype(np.float32))


def categories_of(firms: list[Firm], scenario: Scenario) -> np.ndarray:
    """Return int8[M]: the number of each product's category; the first where none is named."""
    names = {name: number for number, name in enumerate(scenario.categories)}
    given = [names.get(firm.spec.product.category or "", 0) for firm in firms]
    return np.array(given, np.int8)


def reference_prices(firms: list[Firm], category: np.ndarray, scenario: Scenario) -> np.ndarray:
    """Return float64[G]: the price that feels normal in each category [money], as it is set or else
    the median of the first prices in it."""
    given = [it.reference_price for it in scenario.categories.values()]
    found = []
    for g, set_here in enumerate(given or [None]):
        reference = set_here if set_here is not None else scenario.choice.reference_price
        if reference is None:
            mine = [f for f in firms if category[f.number] == g]
            first = [f.spec.product.price for f in mine if f.entry_day == 0]
            reference = int(np.median(first)) if first else 1
        found.append(float(reference))
    return np.array(found)


def post_prices(offers: Offers, reference: np.ndarray) -> None:
    """Refresh what depends on prices; ``reference`` float64[M] is what feels normal [money]."""
    offers.log_price[:] = np.log(np.maximum(offers.price, 1) / np.maximum(reference, 1.0))


def build_boards(platforms: int, segments: int, merchants: int, categories: int) -> Boards:
    """Return what platforms know before the first day: nothing."""
    aisles = segments * (1 + categories if categories > 1 else 1)
    return Boards(
        clicks=np.zeros((platforms, aisles, merchants)),
        expected=np.zeros((platforms, aisles, merchants)),
        throttle=np.full((platforms, merchants), 0.1),
        rate=np.full((platforms, merchants), -1.0),
        multiplier=np.ones((platforms, merchants)),
        followed=np.zeros((platforms, 2, merchants)),
        orders=np.zeros((platforms, merchants)),
        alike=np.zeros((merchants, segments), np.bool_),
        velocity=np.zeros((platforms, merchants)),
        organic=np.full((platforms, categories, ORGANIC_CELLS), -1, np.int16),
    )


def build_accounts(firms: list[Firm]) -> Accounts:
    """Return empty purses and shelves; merchants fill theirs on the day they come."""
    m = len(firms)
    times = [(f.spec.operations.lead_time, f.spec.operations.express.lead_time) for f in firms]
    ring = 2 + max((round(max(both)) for both in times), default=0)
    return Accounts(
        cash=np.zeros(m, np.int64),
        credit=np.array([firm.spec.operations.credit_line for firm in firms], np.int64),
        stock=np.zeros(m, np.int64),
        on_order=np.zeros(m, np.int64),
        arrivals=np.zeros((m, ring), np.int64),
        demand=np.zeros(m, np.float64),
        expected=np.zeros(m, np.float64),
        totals=np.zeros(7, np.int64),
    )
