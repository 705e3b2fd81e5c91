"""Every setting is felt: changing it strongly changes the results of a tiny market.

``KNOBS`` lists every setting of the scenario's records with another value, and, where a setting
matters only in some situations, the situation. A setting that is not listed fails a test.
"""

from __future__ import annotations

import functools
import json
from typing import Any

import pytest
from pydantic import BaseModel

from sim.scenario import (
    brand,
    community,
    content,
    firms,
    homes,
    ladder,
    leaders,
    markets,
    media,
    operations,
    outreach,
    persona,
    population,
    regions,
    social,
    stores,
)
from sim.scenario.behaviour import Choice, Memory, Sharing
from sim.scenario.calendar import Calendar, Festival
from sim.scenario.community import Groups
from sim.scenario.goods import Category, Promotion
from sim.scenario.launch import Launch
from tests.engine.tiny import digest, play

DAYS = 20
CHEAPER = {"merchants.buyer.promotions": [{"day": 0, "days": 10, "discount": 0.3}]}
GOODS = {"categories": {"all": {"need_rate": 0.1}}}
FEAST = {"calendar": {"festivals": {"feast": {"day": 3, "needs": 3}}}}
SLOW = {"merchants.buyer.operations.capacity": 10}  # parcels are late
DEAR = {"merchants.buyer.product.price": 180}  # prices differ
CAPPED = {"merchants.buyer.strategy.daily_budget": 20, "merchants.grower.strategy.target_cac": 9}
CULTIVATE = {
    "merchants.grower.strategy": {
        "kind": "cultivate_community",
        "daily_budget": 500,
        "staff": 2.0,
        "bid": 2,
        "target_cac": 60,
        "seed_share": 0.5,
        "seed_members": 60,
        "community": {"members_per_staff": 5, "wage": 100},
    }
}
TARGETED = {"merchants.buyer.strategy.targeting": "tribes"}
FAIR = {
    "visits_per_day": 0.4,
    "auction": {"reserve": 0.3},
    "click_rate": {"feed": 0.05, "search": 0.08},
}
TWO = {"platforms.fair": FAIR}
FEW_ADS = {
    "merchants.grower.strategy.daily_budget": 20,
    "merchants.grower.strategy.community.staff": 0,
}
DRAWN = {**TWO, "visits.drift": 0.3}
ENTRY = {"entry": {"rate_per_month": 10, "mix": {"buyer": 0.5, "grower": 0.5}}}
LATE = {"entry": {"schedule": [{"day": 5, "merchant": "buyer", "count": 1}]}}
GONE = {"exit": {"schedule": [{"day": 5, "merchant": "buyer", "count": 1}]}}
BOOKED = {
    "merchants.buyer.strategy": {"kind": "mass_media", "daily_budget": 40},
    "media": {"street": {"kind": "outdoor", "minimum_spend": 5}},
}
BOTH = {**BOOKED, "media.radio": {"kind": "radio", "minimum_spend": 5}}
MEDIUM = {
    "reach": (0.2, BOOKED),
    "loyalty": (0.1, BOOKED),
    "cost_per_mille": (70, BOOKED),
    "minimum_spend": (100, BOOKED),
    "ad_slots": (1, BOOKED),
    "notice": (0.9, BOOKED),
    "impact": (0.4, BOOKED),
    "annoyance": (9, BOOKED),
}
PULL = {"merchants.buyer.strategy": {"kind": "content", "daily_budget": 60, "piece_cost": 60}}
SHELVED = {
    "merchants.buyer.strategy": {"kind": "channel", "daily_budget": 60},
    "stores": {"share": 0.5, "listing_cost": 2000, "promotion_cost": 20},
}
POOR = {"merchants.buyer.operations.cash": 9000, "merchants.buyer.operations.overhead": 4000}

NAMED = {"merchants.buyer.product.brand.awareness": 0.5}
ADAPTIVE = {
    "merchants.grower.strategy": {
        "kind": "adaptive",
        "daily_budget": 500,
        "bid": 2,
        "community": {"members_per_staff": 5, "wage": 100},
    }
}
IMITATE = {"merchants.other": {"count": 9, "strategy": {"kind": "imitate", "review": 2}}}
SERVED = {"merchants.buyer.operations.service": 5}
EXPRESS = {
    "merchants.buyer.operations.express.cover": 3,
    "merchants.buyer.operations.stock": 20,
}
WRITES = {
    "merchants.grower.strategy.community.content_posts": 0.5,
    "merchants.grower.strategy.community.service_posts": 0.5,
}
REGIONS = {"consumers.regions": {"count": 2}}
SENT = {**REGIONS, "merchants.buyer.abroad": {"localisation": 50}}
FACE = {"merchants.buyer.persona": {"appeal": 0.5, "spend": 50}}
FRIENDS = {"inviting": {"rate": 0.2, "persuasion": 4}}
REWARDS = {**FRIENDS, "merchants.buyer.referral": {"reward": 30, "friend_reward": 20, "days": 5}}
TEAMS = {
    **FRIENDS,
    "merchants.buyer.strategy": {
        "kind": "group_buy",
        "bid": 2.5,
        "daily_budget": 200,
        "target_cac": 60,
        "team": {"size": 3, "price": 99, "strangers": 0.3},
    },
}
TIERS = {**TEAMS, "merchants.buyer.strategy.team.tiers": [{"size": 4, "price": 80}]}
TIER = "merchants.buyer.strategy.team.tiers"

LISTENS = {
    "merchants.grower.product.off_target": 2,
    "merchants.grower.strategy.community.listen_hours": 1,
    "merchants.grower.strategy.community.reposition": 0.1,
}
WRITTEN_TO = {
    "merchants.buyer.strategy.legacy_channels": {
        "messages": 0.3,
        "message_cost": 0.1,
        "scans": 0.2,
        "card_cost": 0.5,
    },
    "groups.message_read": 0.3,
}
STAR = {
    "leaders": {"star": {"following": 600, "fee": 20, "reach": 0.3}},
    "merchants.buyer.strategy.leader_budget": 20,
}
CLIMBS = {
    "merchants.grower.strategy": {
        "kind": "ladder",
        "review": 1,
        "daily_budget": 500,
        "bid": 2,
        "target_cac": 60,
        "customers": 5,
        "fans": 3,
        "members": 3,
        "ads_share": 0.3,
        "community": {"members_per_staff": 10, "wage": 100, "conversion": 0.9},
    }
}

Situation = dict[str, Any]
KNOBS: dict[tuple[type[BaseModel], str], dict[str, Any | tuple[Any, Situation]]] = {
    (Choice, "choice"): {
        "quality": 4,
        "goodwill": 4,
        "trust": 5,
        "friends": 4,
        "outside": 0,
        "impulse": 8,
        "consider": 0.4,
        "price_weight": (4, DEAR),
        "baseline_trust": 0.5,
        "reference_price": 60,
        "attribution_window": 0,
        "reference_half_life": (5, CHEAPER),
    },
    (Category, "categories.all"): {
        "need_rate": (0.5, GOODS),
        "reference_price": (60, GOODS),
    },
    (Promotion, "merchants.buyer.promotions.0"): {
        "day": (4, CHEAPER),
        "days": (3, CHEAPER),
        "every": (12, CHEAPER),
        "discount": (0.5, CHEAPER),
        "off": (30, CHEAPER),
        "to": ("followers", CHEAPER),
        "lapsed_after": (4, {**CHEAPER, "merchants.buyer.promotions.0.to": "lapsed"}),
        "share": (0.3, CHEAPER),
        "once": (True, CHEAPER),
    },
    (Calendar, "calendar"): {
        "start": ("2026-01-03", {"calendar": {"week_needs": [0, 1, 1, 1, 1, 2, 2]}}),
        "week_needs": [2, 1, 1, 1, 1, 1, 0],
        "week_visits": [2, 1, 1, 1, 1, 1, 0],
        "festivals": {"feast": {"day": 3, "needs": 3}},
    },
    (Festival, "calendar.festivals.feast"): {
        "day": (5, FEAST),
        "days": (4, FEAST),
        "needs": (9, FEAST),
        "visits": (3, FEAST),
    },
    (Memory, "memory"): {
        "goodwill_half_life": 2,
        "impression": 0.4,
        "click": 0.7,
        "post": 0.6,
        "message": 0.7,
        "purchase": 0.05,
        "trust_step": 0.9,
        "satisfaction_noise": 1,
        "expectation": 0.8,
        "lateness": (0.5, SLOW),
        "service": (1, SERVED),
        "service_half": (50, SERVED),
        "patience": (1, {"merchants.buyer.operations.capacity": 1}),
        "return_rate": 0.5,
        "follow_rate": 0.8,
        "fatigue": 0.3,
        "fatigue_half_life": 1,
        "opt_out": 0.05,
        "opt_out_period": (2, {"memory.opt_out": 0.05}),
        "drift_mode": ("company", {"memory.drift_rate": 0.3}),
        "drift_rate": 0.3,
        "drift_bound": 0.1,
        "drift_step": 0.5,
        "rewiring": 0.3,
    },
    (Groups, "groups"): {
        "cap": 5,
        "critical_mass": 40,
        "activity_half_life": 1,
        "attendance": 0.9,
        "drift": -0.9,
        "effort_half": 20,
        "channel_reach": 0.9,
        "sales_fatigue": 1,
        "mute_rate": 0.9,
        "leave_rate": 0.2,
        "trust_gain": 0.6,
        "talk_rate": 1,
        "integration_cost": 20,
        "message_read": (0.9, WRITTEN_TO),
    },
    (community.Posts, "groups.posts"): {
        "hours": (2, WRITES),
        "content_lift": (0.9, WRITES),
        "content_talk": (0.3, WRITES),
        "service_trust": (0.4, WRITES),
        "service_keep": (0.0, {**WRITES, "groups.leave_rate": 0.1}),
    },
    (community.Acquaintances, "groups.acquaintances"): {
        "slots": 4,
        "growth": (0.9, {"groups.acquaintances.slots": 4}),
        "complaint": (9, {"groups.acquaintances.slots": 4}),
    },
    (community.Advocates, "groups.advocates"): {
        "rate": 0.5,
        "talk": (0.9, {"groups.advocates.rate": 0.5}),
    },
    (community.Listening, "groups.listening"): {
        "fans_per_hour": (1, LISTENS),
        "half_life": (2, LISTENS),
    },
    (community.LegacyChannels, "merchants.buyer.strategy.legacy_channels"): {
        "messages": (0.9, WRITTEN_TO),
        "message_cost": (1, WRITTEN_TO),
        "scans": (0.9, WRITTEN_TO),
        "card_cost": (4, WRITTEN_TO),
    },
    (leaders.Leader, "leaders.star"): {
        "count": (3, STAR),
        "following": (100, STAR),
        "own_tribe": (0, STAR),
        "tribe": (4, STAR),
        "fee": (50, STAR),
        "reach": (0.9, STAR),
        "trust": (0.9, STAR),
        "tempt": (1, STAR),
        "wear": (0.5, STAR),
        "rest": (6, STAR),
    },
    (ladder.Ladder, "merchants.grower.strategy"): {
        "review": (5, CLIMBS),
        "daily_budget": (150, CLIMBS),
        "bid": (1, CLIMBS),
        "target_cac": (10, CLIMBS),
        "customers": (1000, CLIMBS),
        "fans": (30, CLIMBS),
        "members": (300, CLIMBS),
        "ads_share": (1, CLIMBS),
        "split": ("equal", {**TWO, **CLIMBS}),
        "targeting": ("followers", CLIMBS),
        "tribes": ([0, 1], CLIMBS | {"merchants.grower.strategy.targeting": "tribes"}),
    },
    (Sharing, "sharing"): {
        "buyer_rate": 0.1,
        "complaint_ratio": 8,
        "tie_probability": 0.1,
        "pass_on": 0,
        "tempt": 0,
        "good_news": 0.9,
        "bad_news": 1,
        "mode": "bass",
        "threshold": (0.5, {"sharing.mode": "threshold"}),
        "innovation": (0.1, {"sharing.mode": "bass"}),
        "imitation": (0.9, {"sharing.mode": "bass"}),
        "max_depth": 1,
        "samples": 0,
    },
    (firms.Product, "merchants.buyer.product"): {
        "price": 90,
        "unit_cost": 20,
        "quality": 0.9,
        "breadth": 0.7,
        "spirit": 0,
        "virality": 3,
        "off_target": 2,
        "tribe": 3,
        "category": ("tables", {"categories": {"tea": {"need_rate": 0.1}, "tables": {}}}),
    },
    (Launch, "merchants.buyer.launch"): {
        "seeds": 50,
        "method": ("degree", {"merchants.buyer.launch": {"seeds": 50}}),
        "cost": (5, {"merchants.buyer.launch": {"seeds": 50}}),
    },
    (brand.Brand, "merchants.buyer.product.brand"): {
        "awareness": 0.5,
        "goodwill": (0.9, NAMED),
        "trust": (-0.5, NAMED),
        "half_life": (3, NAMED),
    },
    (operations.Operations, "merchants.buyer.operations"): {
        "cash": 100_000,
        "credit_line": (50_000, POOR),
        "overhead": 50,
        "interest": (0.5, {**POOR, "merchants.buyer.operations.credit_line": 50_000}),
        "stock": 30,
        "cover": 2,
        "lead_time": 9,
        "order_point": 3,
        "order_cost": 40,
        "capacity": 3,
        "delivery": 9,
        "service": 5,
        "return_cost": 9,
    },
    (operations.Express, "merchants.buyer.operations.express"): {
        "cover": 3,
        "lead_time": (0, EXPRESS),
        "surcharge": (0.9, EXPRESS),
    },
    (operations.Overtime, "merchants.buyer.operations.overtime"): {
        "orders": (9, SLOW),
        "cost": (99, {**SLOW, "merchants.buyer.operations.overtime.orders": 9}),
    },
    (markets.Platform, "platforms.mall"): {
        "visits_per_day": 2,
        "search_rate": 0.1,
        "ticks_per_day": (2, CAPPED),
        "ad_slots": 5,
        "fee": 0.2,
        "rent": 10,
        "opens": 9,
    },
    (markets.Subsidy, "platforms.mall.subsidy"): {"buyers": 0.2, "merchants": 0.2},
    (markets.Visits, "visits"): {
        "drift": (0.5, {**TWO, "merchants.buyer.platforms": ["mall"]}),
        "variety": (5, {**DRAWN, "merchants.buyer.platforms": ["mall"]}),
        "price": (5, {**DRAWN, **DEAR, "merchants.buyer.platforms": ["mall"]}),
    },
    (markets.Auction, "platforms.mall.auction"): {
        "rule": "first_price",
        "billing": "mille",
        "precision_surcharge": (0.5, TARGETED),
        "reserve": 1.5,
        "pacing": ("none", CAPPED),
        "prior_impressions": 5,
    },
    (markets.ClickRate, "platforms.mall.click_rate"): {
        "feed": 0.2,
        "search": 0.3,
        "position_decay": 0.2,
        "notice": 0.9,
        "fit_share": 0,
        "drift": -0.9,
    },
    (markets.Organic, "platforms.mall.organic"): {
        "slots": 12,
        "price_weight": (8, DEAR),
        "velocity_weight": 4,
        "head_start": (0.01, {"platforms.mall.organic.velocity_weight": 4}),
    },
    (markets.Entry, "entry"): {
        "rate_per_month": (30, ENTRY),
        "mix": ({"buyer": 1}, ENTRY),
        "first_day": (15, ENTRY),
        "last_day": (5, ENTRY),
        "schedule": [{"day": 5, "merchant": "buyer"}],
    },
    (markets.Arrival, "entry.schedule.0"): {
        "day": (12, LATE),
        "merchant": ("grower", LATE),
        "count": (3, LATE),
    },
    (markets.Exit, "exit"): {
        "schedule": [{"day": 5, "merchant": "buyer"}],
        "patience": (5, POOR),
        "hurdle": (9, {"exit.patience": 5}),
    },
    (markets.Departure, "exit.schedule.0"): {
        "day": (12, GONE),
        "merchant": ("grower", GONE),
        "count": (3, GONE),
    },
    (population.Consumers, "consumers"): {
        "count": 1500,
        "slots": 3,
        "need_rate": 0.3,
        "price_sensitivity": (6, DEAR),
        "sociability": 0.9,
        "ad_tolerance": 0.1,
    },
    (population.Tribes, "consumers.tribes"): {
        "count": 3,
        "sizes": [5, 1, 1, 1, 1, 1],
        "size_exponent": 2,
        "dimensions": 2,
        "spread": 1.5,
    },
    (population.Tribal, "graph"): {
        "mean_degree": 20,
        "mixing": 0.6,
        "clustering": 0.4,
        "degree_exponent": 2.2,
        "crossing": (0.02, REGIONS),
    },
    (regions.Regions, "consumers.regions"): {
        "count": 2,
        "sizes": ([5, 1], REGIONS),
        "distance": (0.1, REGIONS),
        "distances": ([[0, 0.1], [0.1, 0]], REGIONS),
    },
    (regions.Abroad, "merchants.buyer.abroad"): {
        "advertise": (False, REGIONS),
        "localisation": (2000, REGIONS),
        "localisation_cost": (100, SENT),
        "shipping": (20, REGIONS),
    },
    (persona.Persona, "merchants.buyer.persona"): {
        "appeal": 0.9,
        "spend": 200,
        "spend_half": (10, FACE),
        "half_life": (2, FACE),
    },
    (population.Strength, "graph.strength"): {"inside": 0.3, "across": 2, "common_friends": 3},
    (population.SmallWorld, "graph"): {
        "mean_degree": (4, {"graph": {"kind": "small_world"}}),
        "rewiring": (0.9, {"graph": {"kind": "small_world"}}),
    },
    (population.ScaleFree, "graph"): {"mean_degree": (4, {"graph": {"kind": "scale_free"}})},
    (population.Random, "graph"): {"mean_degree": (4, {"graph": {"kind": "random"}})},
    (population.Ring, "graph"): {"mean_degree": (8, {"graph": {"kind": "ring"}})},
    (population.Complete, "graph"): {"contacts": (2, {"graph": {"kind": "complete"}})},
    (firms.MerchantGroup, "merchants.buyer"): {
        "promotions": [{"day": 0, "days": 10, "discount": 0.3}],
        "count": 5,
        "own_shop": False,
        "region": (1, REGIONS),
        "platforms": [],
        "referral": ({"reward": 30}, FRIENDS),
        "sharing_incentive": 5,
    },
    (homes.Shop, "merchants.buyer.shop"): {"cost": 10, "friction": 0.9},
    (homes.Listing, "merchants.buyer.listing"): {
        "at_most": (1, TWO),
        "review": (3, {**TWO, "platforms.mall.rent": 600}),
    },
    (social.Inviting, "inviting"): {
        "rate": (0.6, REWARDS),
        "incentive": (3, REWARDS),
        "persuasion": (0, REWARDS),
        "credence": (0, REWARDS),
        "waiting": (2, TEAMS),
    },
    (social.Referral, "merchants.buyer.referral"): {
        "reward": (90, REWARDS),
        "friend_reward": (90, REWARDS),
        "paid_as": ("coupon", REWARDS),
        "most": (0, REWARDS),
        "days": (1, REWARDS),
    },
    (social.GroupBuy, "merchants.buyer.strategy"): {
        "review": (1, TEAMS),
        "daily_budget": (20, TEAMS),
        "bid": (1, TEAMS),
        "target_cac": (10, TEAMS),
    },
    (social.Team, "merchants.buyer.strategy.team"): {
        "size": (2, TEAMS),
        "price": (70, TEAMS),
        "days": (5, TEAMS),
        "strangers": (1, TEAMS),
        "tiers": ([{"size": 4, "price": 80}], TEAMS),
    },
    (social.Tier, TIER): {
        "size": ([{"size": 6, "price": 80}], TIERS),
        "price": ([{"size": 4, "price": 50}], TIERS),
    },
    (firms.BuyTraffic, "merchants.buyer.strategy"): {
        "review": 1,
        "split": ("equal", TWO),
        "daily_budget": 20,
        "bid": 1,
        "mode": "constant",
        "target_cac": 10,
        "targeting": "followers",
        "tribes": ([0, 1], TARGETED),
        "leader_budget": (50, STAR),
    },
    (firms.Hybrid, "merchants.grower.strategy"): {
        "review": 1,
        "daily_budget": 150,
        "split": ("equal", {**TWO, **FEW_ADS}),
        "community_share": 0.1,
        "leader_budget": (50, STAR),
        "bid": 1,
        "target_cac": 10,
        "targeting": "lookalikes",
        "tribes": ([0, 1], {"merchants.grower.strategy.targeting": "tribes"}),
    },
    (outreach.MassMedia, "merchants.buyer.strategy"): {
        "review": (1, {**BOTH, "events": [{"day": 8, "set": {"media.street.minimum_spend": 90}}]}),
        "daily_budget": (20, BOOKED),
        "mix": ({"street": 1}, BOTH),
    },
    (media.Outdoor, "media.street"): MEDIUM,
    (content.Reading, "content"): {
        "slots": (1, PULL),
        "curiosity": (9, PULL),
        "others": (100, PULL),
        "width": (0.4, PULL),
        "read_rate": (0.9, PULL),
        "goodwill": (0.8, PULL),
        "trust": (0.6, PULL),
        "follow_rate": (0.9, PULL),
        "share_rate": (1, PULL),
    },
    (stores.Stores, "stores"): {
        "share": (0.9, SHELVED),
        "shelf": (2, SHELVED),
        "others": (20, SHELVED),
        "outside": (2, SHELVED),
        "margin": (0.6, SHELVED),
        "listing_cost": (300, SHELVED),
        "delisting_half_life": (2, SHELVED),
        "promotion_cost": (2000, SHELVED),
        "promotion_power": (2, SHELVED),
    },
    (outreach.Content, "merchants.buyer.strategy"): {
        "daily_budget": (20, PULL),
        "piece_cost": (20, PULL),
        "shelf_life": (2, PULL),
        "virality": (50, PULL),
        "style": (3, PULL),
        "sales_posts": (2, PULL),
    },
    (outreach.Channel, "merchants.buyer.strategy"): {
        "daily_budget": (200, SHELVED),
        "promotion_share": (0.9, SHELVED),
    },
    (firms.CultivateCommunity, "merchants.grower.strategy"): {
        "review": (1, CULTIVATE),
        "daily_budget": (60, CULTIVATE),
        "staff": (0.6, CULTIVATE),
        "split": ("equal", {**TWO, **CULTIVATE}),
        "seed_share": (0.05, CULTIVATE),
        "seed_members": (3, CULTIVATE),
        "leader_budget": (50, {**STAR, **CULTIVATE}),
        "bid": (0.5, CULTIVATE),
        "target_cac": (10, CULTIVATE),
        "targeting": ("followers", CULTIVATE),
        "tribes": ([0, 1], CULTIVATE | {"merchants.grower.strategy.targeting": "tribes"}),
    },
    (firms.Adaptive, "merchants.grower.strategy"): {
        "review": (1, ADAPTIVE),
        "daily_budget": (60, ADAPTIVE),
        "discount": (0.5, ADAPTIVE),
        "community_share": (0.9, ADAPTIVE),
        "step": (3, ADAPTIVE),
        "explore": (0.5, ADAPTIVE),
        "bid": (0.5, ADAPTIVE),
    },
    (firms.Imitate, "merchants.other.strategy"): {
        "review": (5, IMITATE),
        "among": (["buyer"], IMITATE),
        "rate": (0, IMITATE),
        "integration": (0.9, IMITATE),
    },
    (community.Community, "merchants.grower.strategy.community"): {
        "staff": 0.5,
        "members_per_staff": 400,
        "first_staff": 1.5,
        "wage": 200,
        "participation": 3,
        "sharing": 3,
        "interaction": 3,
        "honour": 3,
        "sales_posts": 2,
        "content_posts": 1,
        "service_posts": 1,
        "listen_hours": (5, LISTENS),
        "reposition": (0.5, LISTENS),
        "integration": 0.9,
        "integration_spend": 100,
        "conversion": 0.1,
        "conversion_cost": 20,
    },
}
SECTIONS = {  # records inside records have entries of their own; names are no numbers
    "kind",
    "tribes",
    "regions",
    "abroad",
    "persona",
    "strength",
    "auction",
    "click_rate",
    "organic",
    "product",
    "launch",
    "brand",
    "operations",
    "express",
    "overtime",
    "strategy",
    "community",
    "posts",
    "acquaintances",
    "advocates",
    "subsidy",
    "shop",
    "listing",
    "inviting",
    "team",
    "listening",
    "legacy_channels",
}


@functools.cache
def results(changes: str) -> str:
    return digest(play({"days": DAYS, **json.loads(changes)}))


def cases() -> list[Any]:
    return [
        # Parts of a list are set with the list.
        pytest.param(
            path if record is social.Tier else f"{path}.{name}",
            value,
            id=f"{record.__name__}.{name}",
        )
        for (record, path), settings in KNOBS.items()
        for name, value in settings.items()
    ]


@pytest.mark.parametrize(("path", "value"), cases())
def test_every_setting_is_felt(path: str, value: Any) -> None:
    value, situation = value if isinstance(value, tuple) else (value, {})
    without = results(json.dumps(situation))
    assert results(json.dumps({**situation, path: value})) != without


@pytest.mark.parametrize("record", [record for record, _ in KNOBS], ids=lambda r: r.__name__)
def test_every_setting_is_listed(record: type[BaseModel]) -> None:
    listed = {name for (kind, _), settings in KNOBS.items() if kind is record for name in settings}
    assert listed == {
        name
        for name, field in record.model_fields.items()
        if name not in SECTIONS or isinstance(field.default, list)  # a list of tribes is no record
    }
