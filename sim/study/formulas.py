"""What every measure means: one function each, whose docstring is the definition that is shown.

The first paragraph of a docstring is what a report prints beside the number, so there is one place
to read, to correct and to quote. Every function takes numbers or arrays (element by element) and
gives NaN where the measure is not defined, never infinity. Money goes in and comes out in smallest
units. Sources are named in the docstring; where none
is, the definition is common usage.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from sim.study.tables import Array

RECENT_DAYS = 30
"""Days that concentration, inequality, and a price "now" are taken over."""

YEAR = 365


class Measure(NamedTuple):
    """A measure as a reader meets it: key in ``summary.json``, title, unit, definition."""

    key: str
    title: str
    unit: str
    definition: str


MEASURES: dict[str, Measure] = {}
_Formula = TypeVar("_Formula", bound=Callable[..., Any])


def measure(title: str, unit: str) -> Callable[[_Formula], _Formula]:
    """Register a formula under its own name; its docstring's first paragraph is the definition."""

    def register(formula: _Formula) -> _Formula:
        text = " ".join((inspect.getdoc(formula) or "").split("\n\n")[0].split())
        MEASURES[formula.__name__] = Measure(formula.__name__, title, unit, text)
        return formula

    return register


def over(part: npt.ArrayLike, whole: npt.ArrayLike) -> Array:
    """Return ``part / whole`` where ``whole`` is above 0, NaN elsewhere."""
    above, below = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    shape = np.broadcast_shapes(above.shape, below.shape)
    out = np.full(shape, np.nan)
    np.divide(above, below, out=out, where=np.broadcast_to(below > 0, shape))
    scalar_or_array: Array = out[()]
    return scalar_or_array


@measure("Profit", "money")
def profit(gross_margin: npt.ArrayLike, marketing: npt.ArrayLike, running: npt.ArrayLike) -> Array:
    """Gross margin less marketing and running costs (overheads, service, logistics, interest),
    added up since the start. Goods count when they are sold, so money that lies in stock is neither
    lost nor earned."""
    result: Array = (
        np.asarray(gross_margin, np.float64)
        - np.asarray(marketing, np.float64)
        - np.asarray(running, np.float64)
    )
    return result


@measure("Return on capital", "share")
def return_on_capital(profit: npt.ArrayLike, opening_cash: npt.ArrayLike) -> Array:
    """Profit over opening cash. Camps are compared by this, over the merchants who were there on
    the first day (those who came later had less time; if a camp has only such, over them)."""
    return over(profit, opening_cash)


@measure("Wins in pairs", "share")
def wins_in_pairs(ours: Array, theirs: Array) -> Array:
    """Of all pairs of one merchant of each camp, the share in which the first earned more; a tie
    counts half. One half is no difference; a difference of one standard deviation gives 0.76.

    Source: common-language effect size, McGraw & Wong 1992; equals the Mann-Whitney U over n·m.
    """
    rivals = np.sort(np.asarray(theirs, np.float64))
    won = np.searchsorted(rivals, ours, side="left")
    won_or_tied = np.searchsorted(rivals, ours, side="right")
    return over(0.5 * np.sum(won + won_or_tied), len(ours) * len(rivals))


@measure("Click-through rate (CTR)", "share")
def ctr(clicks: npt.ArrayLike, impressions: npt.ArrayLike) -> Array:
    """Paid clicks over paid impressions."""
    return over(clicks, impressions)


@measure("Conversion rate (CVR)", "share")
def cvr(paid_orders: npt.ArrayLike, clicks: npt.ArrayLike) -> Array:
    """Orders whose last touch was a paid ad, over paid clicks."""
    return over(paid_orders, clicks)


@measure("Price per click", "money per click")
def price_per_click(daily_price: npt.ArrayLike, clicks: npt.ArrayLike) -> Array:
    """What a click cost, averaged over the days by clicks; clicks that a platform delivered beyond
    a budget cost nothing and do not count."""
    weight = np.where(np.asarray(daily_price) > 0, clicks, 0)
    return over(np.sum(np.asarray(daily_price) * weight), np.sum(weight))


@measure("Price per thousand impressions", "money per mille")
def price_per_mille(ad_spend: npt.ArrayLike, impressions: npt.ArrayLike) -> Array:
    """What ads cost a thousand times they were shown, whatever was billed."""
    return over(1000 * np.asarray(ad_spend, np.float64), impressions)


@measure("Gross CAC", "money per customer")
def gross_cac(marketing_spend: npt.ArrayLike, new_customers: npt.ArrayLike) -> Array:
    """Acquisition spend over new customers. All marketing counts as acquisition: ads, mass media,
    content, and the wages, integration and conversion that a community costs; otherwise a community
    would win its customers for nothing. New means: first order ever with this merchant."""
    return over(marketing_spend, new_customers)


@measure("Paid CAC", "money per customer")
def paid_cac(ad_spend: npt.ArrayLike, new_by_ads: npt.ArrayLike) -> Array:
    """Ad spend over new customers whose first touch was a paid ad. It equals price per click over
    the conversion rate of clicks into new customers."""
    return over(ad_spend, new_by_ads)


@measure("Net CAC", "money per customer gained")
def net_cac(marketing_spend: npt.ArrayLike, growth: npt.ArrayLike) -> Array:
    """Marketing spend over growth of yearly active customers (people who bought in the last 365
    days) over the same time, as company reports have it; it explodes when growth stalls and does
    not exist when there is none. Taken over the last 365 days; over the whole run in a shorter one,
    where nobody can lapse yet and it says the same as gross CAC."""
    return over(marketing_spend, growth)


@measure("Gross margin", "money")
def gross_margin(revenue: npt.ArrayLike, cogs: npt.ArrayLike, fees: npt.ArrayLike) -> Array:
    """Revenue after refunds, less the unit cost of goods that left and platform fees."""
    result: Array = np.asarray(revenue) - np.asarray(cogs) - np.asarray(fees)
    return result


@measure("Return on marketing (ROI)", "share")
def roi(gross_margin: npt.ArrayLike, marketing_spend: npt.ArrayLike) -> Array:
    """Gross margin less marketing spend, over marketing spend. 0 breaks even before overhead."""
    return over(np.asarray(gross_margin) - np.asarray(marketing_spend), marketing_spend)


@measure("Customer value so far", "money per customer")
def customer_value(gross_margin: npt.ArrayLike, new_customers: npt.ArrayLike) -> Array:
    """Gross margin over new customers within the run: a lower bound of lifetime value, since
    customers go on buying after the last day. Compare with gross CAC."""
    return over(gross_margin, new_customers)


@measure("Payback", "days")
def payback_days(gross_margin_per_day: Array, spend_per_day: Array) -> float:
    """Days until gross margin so far had covered marketing and running costs for good; none if it
    had not by the last day, 0 if it always had."""
    behind = np.cumsum(gross_margin_per_day) < np.cumsum(spend_per_day)
    if len(behind) == 0 or behind[-1]:
        return float("nan")
    return float(np.flatnonzero(behind)[-1] + 2) if behind.any() else 0.0


@measure("Repurchase", "share")
def repurchase(repeat_orders: npt.ArrayLike, orders: npt.ArrayLike) -> Array:
    """Orders of people who had bought from the same merchant before, over all orders."""
    return over(repeat_orders, orders)


@measure("Owned share", "share")
def owned_share(
    community: npt.ArrayLike,
    content: npt.ArrayLike,
    word_of_mouth: npt.ArrayLike,
    direct: npt.ArrayLike,
    orders: npt.ArrayLike,
) -> Array:
    """Orders whose last touch belonged to the merchant or its customers (community, its own
    content, word of mouth, direct), over all orders."""
    owned = sum(np.asarray(part) for part in (community, content, word_of_mouth, direct))
    return over(owned, orders)


@measure("Traffic dependence", "share")
def traffic_dependence(paid: npt.ArrayLike, media: npt.ArrayLike, orders: npt.ArrayLike) -> Array:
    """Orders whose last touch was bought (paid ad or mass media), over all orders. What neither is
    bought nor owned is unpaid search results, stores and group buying."""
    return over(np.asarray(paid) + np.asarray(media), orders)


@measure("Bought who follow", "share")
def bought_who_follow(paid_followers: npt.ArrayLike, first_paid: npt.ArrayLike) -> Array:
    """People won by a paid ad who began to follow, over all whom paid ads won: what a purchase of
    traffic brings besides the order. Who follows again after leaving counts again."""
    return over(paid_followers, first_paid)


@measure("Bought who join", "share")
def bought_who_join(paid_members: npt.ArrayLike, first_paid: npt.ArrayLike) -> Array:
    """People won by a paid ad who joined a group, over all whom paid ads won."""
    return over(paid_members, first_paid)


@measure("Bought who come back", "share")
def bought_who_return(paid_returned: npt.ArrayLike, first_paid: npt.ArrayLike) -> Array:
    """People won by a paid ad who bought again by a touch that the merchant owns (community, word
    of mouth, direct), each counted once, over all whom paid ads won."""
    return over(paid_returned, first_paid)


@measure("Word-of-mouth customers", "share")
def wom_share(first_word_of_mouth: npt.ArrayLike, new_customers: npt.ArrayLike) -> Array:
    """New customers whose first touch was a friend's message, over all new customers; the viral
    coefficient of customers: further customers that each customer brought by talking."""
    return over(first_word_of_mouth, new_customers)


@measure("Stock-outs", "share")
def stockout_rate(stockouts: npt.ArrayLike, orders: npt.ArrayLike) -> Array:
    """Orders that failed for want of stock, over those and the orders taken."""
    return over(stockouts, np.asarray(stockouts) + np.asarray(orders))


@measure("Refunds", "share")
def refund_rate(refunds: npt.ArrayLike, orders: npt.ArrayLike) -> Array:
    """Orders paid back (returned, or cancelled because they were never sent), over all orders."""
    return over(refunds, orders)


@measure("Concentration (HHI)", "0..1")
def hhi(orders: Array) -> Array:
    """Sum of squared shares of the merchants' orders of the last 30 days: 1 is a monopoly, 1/n is n
    equal merchants (Herfindahl-Hirschman)."""
    counts = np.asarray(orders, np.float64)
    return over(np.sum(counts**2), np.sum(counts) ** 2)


@measure("Inequality (Gini)", "0..1")
def gini(orders: Array) -> Array:
    """Mean absolute difference of the orders of the last 30 days between merchants in business,
    over twice their mean: 0 is equal, (n-1)/n is one merchant with all."""
    counts = np.sort(np.asarray(orders, np.float64))
    n = len(counts)
    return over(np.sum((2 * np.arange(1, n + 1) - n - 1) * counts), n * np.sum(counts))


@measure("Long tail", "share")
def tail_share(orders: Array) -> Array:
    """Share of the orders of the last 30 days that the smaller half of the merchants in business
    has: one half if all are equal, near 0 where a few sell nearly everything. Of an odd number the
    one in the middle counts half (the Lorenz curve at one half)."""
    counts = np.sort(np.asarray(orders, np.float64))
    half = len(counts) // 2
    middle = counts[half] / 2 if len(counts) % 2 else 0.0
    return over(np.sum(counts[:half]) + middle, np.sum(counts))


@measure("Concentration of platforms (HHI)", "0..1")
def platform_hhi(visits: Array) -> Array:
    """Sum of squared shares of the platforms' visits of the last 30 days: 1 is one platform, 1/n is
    n equal ones."""
    return hhi(visits)


@measure("Own shop's share", "share")
def shop_share(shop_orders: npt.ArrayLike, orders: npt.ArrayLike) -> Array:
    """Orders made in merchants' own shops, without a platform and its fee, over all orders."""
    return over(shop_orders, orders)


@measure("Search share", "share")
def search_share(searches: npt.ArrayLike, visits: npt.ArrayLike) -> Array:
    """Visits of people who search for what they need, over all visits; the others browse."""
    return over(searches, visits)


@measure("Messages that reached nobody", "share")
def singletons(sizes: Array) -> Array:
    """Share of messages that reached nobody but their sender. Real ones: 70-95 % (Goel et al.)."""
    return over(np.sum(np.asarray(sizes) <= 1), len(sizes))


@measure("Beyond one step", "share")
def beyond_one_step(depths: Array) -> Array:
    """Share of messages that were passed on at least once. Real ones: 1-4 % (Goel et al.)."""
    return over(np.sum(np.asarray(depths) >= 2), len(depths))


@measure("Viral coefficient k", "people per person")
def viral_coefficient(sizes: Array) -> Array:
    """Receivers over people reached, senders included: how many further people each person reached
    brought on average. Below 1 every cascade dies out, and the mean size is 1/(1-k)."""
    people = np.asarray(sizes, np.float64)
    return over(np.sum(people - 1), np.sum(people))


@measure("Reproduction number", "people per person")
def reproduction(after: npt.ArrayLike, before: npt.ArrayLike) -> Array:
    """People of one generation of a cascade over those of the generation before, all cascades
    together; senders are generation 0. Where it stays above 1, a message spreads by itself."""
    return over(after, before)


@measure("Structural virality", "ties")
def structural_virality(parents: Array) -> float:
    """Mean number of ties between two people of a cascade's tree, averaged over cascades with at
    least one receiver: 1 for a pair, near 2 for a broadcast, large for a long chain (Goel et al.).

    Takes one tree: the parent of every node, -1 for the root, parents before their children.
    A tie between a subtree of s nodes and the other n-s lies on s(n-s) of the paths.
    """
    n = len(parents)
    if n < 2:
        return float("nan")
    size = np.ones(n, np.int64)
    for node in range(n - 1, 0, -1):
        size[parents[node]] += size[node]
    return float(np.sum(size[1:] * (n - size[1:])) / (n * (n - 1) / 2))
