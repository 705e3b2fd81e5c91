"""Who sells: product, operations, money, and the settings of the built-in strategies."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Tag,
    WithJsonSchema,
    model_validator,
)

from sim.scenario.advertising import Advertiser, first_bid, for_leaders, target
from sim.scenario.brand import Brand
from sim.scenario.community import Community, LegacyChannels
from sim.scenario.goods import Promotion
from sim.scenario.homes import Selling
from sim.scenario.ladder import Ladder
from sim.scenario.launch import Launch
from sim.scenario.learning import Adaptive, Imitate
from sim.scenario.operations import Operations
from sim.scenario.outreach import Channel, Content, MassMedia
from sim.scenario.persona import Persona
from sim.scenario.regions import Abroad
from sim.scenario.social import GroupBuy, Referral
from sim.scenario.strategy import Reviewed
from sim.scenario.units import (
    Money,
    Rate,
    Record,
    Whole,
    WholeDays,
    Written,
    WrongPart,
    setting,
)

BREADTHS = {"narrow": 0.7, "medium": 1.2, "wide": 3.0}


def _breadth(value: Any) -> Any:
    return BREADTHS.get(value, value) if isinstance(value, str) else value


Breadth = Annotated[
    float,
    BeforeValidator(_breadth),
    Written(f"a width in taste units, or one of {', '.join(BREADTHS)}"),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"enum": [*BREADTHS]}]}),
]


class Product(Record):
    """What is sold."""

    price: Money = setting(12_900, "money", "Price of one item.", ge=1)
    unit_cost: Money = setting(6_000, "money", "What the supplier takes for one item.", ge=0)
    quality: float = setting(0.6, "0..1", "How good it is in use.", ge=0, le=1)
    breadth: Breadth = setting(
        BREADTHS["wide"],
        "taste units",
        "Width of the fit kernel: narrow (0.7) pleases few people much, wide (3) many a little;"
        " medium is 1.2.",
        gt=0,
        le=100,
    )
    spirit: float = setting(
        1.0, "utility", "Weight of fit in utility: 0 is a purely functional product.", ge=0, le=20
    )
    virality: float = setting(
        1.0,
        "ratio",
        "How readily news of it is passed on, times `sharing.pass_on`: content worth sharing.",
        ge=0,
        le=100,
    )
    category: str | None = setting(
        None,
        "name",
        "Category of goods, one of `categories`; left out: the first.",
        "the author",
    )
    off_target: float = setting(
        0.0,
        "taste units",
        "How far from that tribe's taste it begins, in a direction that is drawn: what a merchant"
        " who does not listen gets wrong.",
        ge=0,
        le=20,
    )
    tribe: Whole | None = setting(
        None,
        "tribe number",
        "Tribe whose taste the product is made for; left out: drawn by tribe size.",
        ge=0,
    )
    brand: Brand = setting(Brand(), "record", "The name that it has from the start.")


class BuyTraffic(Reviewed, Advertiser):
    """Buys clicks on every platform it can pay for."""

    kind: Literal["buy_traffic"] = setting("buy_traffic", "name", "Strategy.", "the author")
    daily_budget: Money = setting(100_000, "money per day", "Ad spend at most.", ge=0)
    bid: Money = first_bid(
        "; where thousands of impressions or orders are billed, what comes to the same"
    )
    mode: Literal["constant", "target_cac", "spend_budget"] = setting(
        "target_cac",
        "name",
        "`constant`: never changes the bid; `target_cac`: bids what keeps the cost of a new"
        " customer at the target; `spend_budget`: bids what spends the budget.",
    )
    target_cac: Money = target(source="180 yuan: Vipshop's 2016 accounts give 183")
    leader_budget: Money = for_leaders()
    legacy_channels: LegacyChannels = setting(
        LegacyChannels(), "record", "Messages to old customers and codes on parcels."
    )


class CultivateCommunity(Reviewed, Advertiser):
    """Spends on people and groups; buys a little traffic to seed them."""

    kind: Literal["cultivate_community"] = setting(
        "cultivate_community", "name", "Strategy.", "the author"
    )
    daily_budget: Money = setting(
        100_000,
        "money per day",
        "Spending at most, all together: tools, gifts, wages and ads; gifts stop where it ends.",
        ge=0,
    )
    staff: float | None = setting(
        None,
        "people",
        "Community staff at most; short for `community.staff`.",
        "the author",
        ge=0,
        le=10_000,
    )
    community: Community = setting(Community(), "record", "How groups are run.")
    seed_share: Rate = setting(
        0.8,
        "share",
        "Share of what wages leave that buys traffic, until there are `seed_members`.",
        ge=0,
        le=1,
    )
    seed_members: Whole = setting(1_000, "members", "When to stop buying traffic.", ge=0)
    bid: Money = first_bid(" while it buys traffic")
    target_cac: Money = target()
    leader_budget: Money = for_leaders()


class Hybrid(Reviewed, Advertiser):
    """Buys traffic for good and converts it into a community."""

    kind: Literal["hybrid"] = setting("hybrid", "name", "Strategy.", "the author")
    daily_budget: Money = setting(
        100_000,
        "money per day",
        "Spending at most, all together: tools, gifts, wages and ads; gifts stop where it ends.",
        ge=0,
    )
    community: Community = setting(Community(), "record", "How groups are run.")
    community_share: Rate = setting(
        0.5, "share", "Share of the budget for the community; the rest buys traffic.", ge=0, le=1
    )
    bid: Money = first_bid()
    target_cac: Money = target()
    leader_budget: Money = for_leaders()


class UserStrategy(BaseModel):
    """A class of the user's own, ``package.module:Class``; further keys are its options."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, strict=True)

    kind: Annotated[str, Written("package.module:Class")] = setting(
        ...,
        "name",
        "A class of your own.",
        "the author",
        pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*$",
    )
    review: WholeDays = setting(
        7, "days", "Time between two decisions, in whole days.", ge=1, le=365
    )


STRATEGIES = {
    "buy_traffic": BuyTraffic,
    "cultivate_community": CultivateCommunity,
    "hybrid": Hybrid,
    "adaptive": Adaptive,
    "imitate": Imitate,
    "mass_media": MassMedia,
    "channel": Channel,
    "content": Content,
    "group_buy": GroupBuy,
    "ladder": Ladder,
}


def _strategy_kind(value: Any) -> str:
    kind = value.get("kind", "") if isinstance(value, dict) else getattr(value, "kind", "")
    return "user" if isinstance(kind, str) and ":" in kind else str(kind)


Strategy = Annotated[
    Annotated[BuyTraffic, Tag("buy_traffic")]
    | Annotated[CultivateCommunity, Tag("cultivate_community")]
    | Annotated[Hybrid, Tag("hybrid")]
    | Annotated[Adaptive, Tag("adaptive")]
    | Annotated[Imitate, Tag("imitate")]
    | Annotated[MassMedia, Tag("mass_media")]
    | Annotated[Channel, Tag("channel")]
    | Annotated[Content, Tag("content")]
    | Annotated[GroupBuy, Tag("group_buy")]
    | Annotated[Ladder, Tag("ladder")]
    | Annotated[UserStrategy, Tag("user")],
    Discriminator(_strategy_kind),
]


class MerchantGroup(Selling):
    """One merchant, or `count` alike."""

    count: Whole = setting(1, "merchants", "How many merchants are like this.", ge=0, le=20_000)
    region: Whole = setting(
        0, "region number", "Region that the merchant is at home in, from 0.", ge=0
    )
    abroad: Abroad = setting(Abroad(), "record", "How it deals with other regions.")
    persona: Persona = setting(Persona(), "record", "The face of the firm.")
    product: Product = setting(Product(), "record", "What is sold.")
    operations: Operations = setting(Operations(), "record", "Stock, supply and cash.")
    launch: Launch = setting(Launch(), "record", "Who gets the product first.")
    promotions: list[Promotion] = setting(
        [], "list", "Price cuts and coupons; of several that fit, a buyer gets the largest.",
        "the author",
    )  # fmt: skip
    strategy: Strategy = setting(BuyTraffic(), "record", "How the merchant decides.")
    referral: Referral | None = setting(
        None, "record", "Rewards for customers who bring customers; left out: none."
    )
    sharing_incentive: Money = setting(
        0,
        "money per message",
        "Paid to who sends a good message about the merchant, for each that is received.",
        ge=0,
    )

    @model_validator(mode="after")
    def _teams_pay_less(self) -> MerchantGroup:
        if isinstance(self.strategy, GroupBuy) and self.strategy.team.price >= self.product.price:
            raise WrongPart("strategy", "a team must pay less than the product's price")
        return self
