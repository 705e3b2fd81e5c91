"""Communities as asked for: how people behave in groups, and how a merchant runs its own."""

from __future__ import annotations

from sim.scenario.units import Days, Money, Rate, Record, Whole, setting


class Posts(Record):
    """What a post does to a group that is not there to sell; the hours that it takes are lost to
    the four levers."""

    hours: float = setting(
        0.5,
        "hours",
        "Felt staff hours that one content or service post takes; posts that the hours a group"
        " feels cannot pay for are not written.",
        ge=0,
        le=24,
    )
    content_lift: float = setting(
        0.3, "activity", "Activity that one content post a day adds to what it settles at.", ge=0
    )
    content_talk: Rate = setting(
        0.01,
        "share per post",
        "Attending members of sociability 1 who share a content post with friends, whatever the"
        " sharing lever does.",
        ge=0,
        le=1,
    )
    service_trust: float = setting(
        0.03, "trust", "Gain per service post seen, times what is missing to 1.", ge=0, le=1
    )
    service_keep: Rate = setting(
        0.4, "share", "Part of those who would leave whom one service post a day keeps.", ge=0, le=1
    )


class Acquaintances(Record):
    """Strangers who meet in a group become acquaintances: weak ties beside the graph that grow by
    taking part on the same days (Granovetter 1973)."""

    slots: Whole = setting(
        0,
        "people",
        "Acquaintances a person can have; 0: strangers stay strangers. Takes 8 bytes each for"
        " every consumer.",
        ge=0,
        le=64,
    )
    growth: Rate = setting(
        0.15,
        "strength",
        "Strength of a first meeting, and gain of every further day that both take part, times"
        " what is missing to 1.",
        ge=0,
        le=1,
    )
    complaint: float = setting(
        2.0,
        "ratio",
        "How much more readily a complaint passes between acquaintances than praise does.",
        "acquaintances punish a bad product harder (an essay's claim); size is an assumption",
        ge=0,
        le=10,
    )


class Advocates(Record):
    """Members whom honour turns into key opinion consumers: they talk about the merchant
    unasked."""

    rate: Rate = setting(
        0.0,
        "share per day",
        "Attending members who become advocates at full effort on honour; 0: nobody does.",
        ge=0,
        le=1,
    )
    talk: Rate = setting(
        0.1,
        "share per day",
        "Attending advocates of sociability 1 who tell their friends, whatever the sharing lever"
        " does.",
        ge=0,
        le=1,
    )


class Listening(Record):
    """What fans tell who listens to them."""

    fans_per_hour: float = setting(
        6.0, "people per hour", "Fans heard in an hour of staff's time.", ge=0, le=1000
    )
    half_life: Days = setting(
        60.0, "days", "How slowly what was heard is forgotten.", gt=0, le=3650
    )


class Groups(Record):
    """How members behave in groups, whoever runs them."""

    cap: Whole = setting(500, "members", "Largest group.", "WeChat's cap", ge=2, le=100_000)
    critical_mass: float = setting(
        20.0, "members", "Size at which a group is half alive.", ge=0, le=10_000
    )
    activity_half_life: Days = setting(5.0, "days", "How slowly activity follows its causes.", gt=0)
    drift: float = setting(
        0.0,
        "share per year",
        "Change of `attendance` and `channel_reach`: groups wear out below 0.",
        gt=-1,
        le=10,
    )
    attendance: Rate = setting(
        0.3, "share", "Members who look in on a day when activity is 1.", ge=0, le=1
    )
    effort_half: float = setting(
        1.0,
        "hours per group and day",
        "Effort on a lever that gives half of its full effect.",
        gt=0,
    )
    channel_reach: Rate = setting(
        0.04,
        "share",
        "Followers outside groups who see a post.",
        "official accounts: a few per cent open a post (unconfirmed)",
        ge=0,
        le=1,
    )
    sales_fatigue: float = setting(0.25, "activity", "Activity lost per selling post a day.", ge=0)
    mute_rate: Rate = setting(
        0.02, "share", "Members who mute the group for each selling post they see.", ge=0, le=1
    )
    leave_rate: Rate = setting(
        0.002,
        "share per day",
        "Members who leave without any reason; the muted leave five times as often.",
        ge=0,
        le=1,
    )
    trust_gain: float = setting(
        0.03, "trust", "Gain per attended day at full interaction.", ge=0, le=1
    )
    talk_rate: Rate = setting(
        0.02,
        "share per day",
        "Attending members who share with friends at full sharing effort and sociability 1.",
        ge=0,
        le=1,
    )
    integration_cost: Money = setting(
        10_000_000, "money", "Spending that closes 63 % of the gap to full integration.", gt=0
    )
    message_read: Rate = setting(
        0.015,
        "share",
        "Messages to old customers (SMS, mail) that are read: the old owned channels.",
        "an essay: their effect was very small; size is an assumption",
        ge=0,
        le=1,
    )
    posts: Posts = setting(Posts(), "record", "Posts that do not sell.")
    acquaintances: Acquaintances = setting(
        Acquaintances(), "record", "Strangers who become acquaintances."
    )
    advocates: Advocates = setting(Advocates(), "record", "Members who speak for the merchant.")
    listening: Listening = setting(Listening(), "record", "Fans who are listened to.")


class Community(Record):
    """How a merchant runs its groups: hours, levers, posts, integration."""

    staff: float = setting(
        2.0, "people", "Community staff at most.", "8 hours a day each", ge=0, le=10_000
    )
    members_per_staff: float = setting(
        400.0,
        "members",
        "Members one person looks after: staff grows with the members, from `first_staff` on.",
        gt=0,
    )
    first_staff: float = setting(
        0.5, "people", "Staff that it begins with, before members take more.", ge=0, le=10_000
    )
    wage: Money = setting(30_000, "money per person and day", "Cost of one person a day.", ge=0)
    participation: float = setting(0.25, "share", "Share of hours spent on attendance.", ge=0)
    sharing: float = setting(0.25, "share", "Share of hours spent on being shared.", ge=0)
    interaction: float = setting(0.25, "share", "Share of hours spent on trust and ties.", ge=0)
    honour: float = setting(0.25, "share", "Share of hours spent on retention.", ge=0)
    sales_posts: float = setting(0.15, "posts per group and day", "Selling posts.", ge=0, le=5)
    content_posts: float = setting(
        0.0,
        "posts per group and day",
        "Posts that entertain or inform: they raise activity and are shared.",
        ge=0,
        le=5,
    )
    service_posts: float = setting(
        0.0,
        "posts per group and day",
        "Posts that help with what was bought: they raise trust and keep members.",
        ge=0,
        le=5,
    )
    listen_hours: float = setting(
        0.0,
        "hours per day",
        "Staff hours spent on listening to what fans like; the groups lack them.",
        ge=0,
        le=100_000,
    )
    reposition: Rate = setting(
        0.0,
        "share per day",
        "Part of the distance to what fans like that the product's taste is moved by each day.",
        ge=0,
        le=1,
    )
    integration: Rate = setting(
        0.3,
        "0..1",
        "Integration capability at the start: 0, every group needs its own effort; 1, one effort"
        " serves all.",
        ge=0,
        le=1,
    )
    integration_spend: Money = setting(
        0, "money per day", "Spending on integration capability (tools, training).", ge=0
    )
    conversion: Rate = setting(
        0.5,
        "share",
        "Effort to lead buyers into following and into groups (cards in parcels, gifts).",
        ge=0,
        le=1,
    )
    conversion_cost: Money = setting(
        300, "money per order", "Cost of that effort per delivered order at conversion 1.", ge=0
    )


class LegacyChannels(Record):
    """Owned channels from before communities: messages to old customers, codes on parcels."""

    messages: float = setting(
        0.0,
        "messages per customer and day",
        "SMS or mail to everybody who bought within a year, and posts to followers.",
        ge=0,
        le=1,
    )
    message_cost: Money = setting(5, "money per message", "Cost of one message.", ge=0)
    scans: Rate = setting(
        0.0,
        "share",
        "Clearly satisfied buyers who scan the code on the parcel and follow, beside those who"
        " follow of their own accord.",
        ge=0,
        le=1,
    )
    card_cost: Money = setting(10, "money per parcel", "Cost of the code on a parcel.", ge=0)
