"""How people choose, remember, take part and talk: the laws that hold for all merchants alike."""

from __future__ import annotations

from typing import Literal

from sim.scenario.units import Days, Money, Rate, Record, Whole, WholeDays, setting


class Choice(Record):
    """Multinomial logit over the considered merchants and the outside option (McFadden 1974)."""

    quality: float = setting(2.0, "utility per quality", "Weight of quality as perceived.", ge=0)
    goodwill: float = setting(1.5, "utility per goodwill", "Weight of attention.", ge=0)
    trust: float = setting(3.0, "utility per trust", "Weight of trust.", ge=0)
    friends: float = setting(1.5, "utility", "Weight of the share of friends who bought.", ge=0)
    outside: float = setting(
        6.0,
        "utility",
        "Utility of buying elsewhere or not at all when there is a need.",
        ge=-50,
        le=50,
    )
    impulse: float = setting(
        7.2,
        "utility",
        "Utility of not buying when there is no need, for a click, post or message that tempts.",
        "calibrated to click conversion .5-3 %, see docs/calibration.md",
        ge=-50,
        le=50,
    )
    consider: float = setting(
        0.02,
        "goodwill",
        "Goodwill up to which a remembered merchant is not considered.",
        ge=0,
        le=1,
    )
    price_weight: float = setting(
        1.0,
        "ratio",
        "Scale of everybody's price sensitivity; an event may change it as people get richer.",
        ge=0,
        le=10,
    )
    baseline_trust: float = setting(
        0.0,
        "trust",
        "Trust in online shops at large, added to what each merchant has earned; an event may"
        " change it as payment and delivery mature.",
        ge=-1,
        le=1,
    )
    reference_price: Money | None = setting(
        None,
        "money",
        "Price that feels normal; left out: the median of the merchants' first prices.",
        ge=1,
    )
    reference_half_life: Days | None = setting(
        None,
        "days",
        "Half-life with which the price that feels normal follows the prices that were paid in the"
        " category, promotions included; left out: it stays.",
        "adaptation level: Kalyanaram & Winer 1995; off is an assumption",
        gt=0,
        le=3650,
    )
    attribution_window: Days = setting(
        7.0,
        "days",
        "An order later than this after the last touch counts as direct.",
        "common practice",
        ge=0,
        le=365,
    )


class Memory(Record):
    """What stays: goodwill (attention), trust (experience), fans, fatigue, taste."""

    goodwill_half_life: Days = setting(
        45.0,
        "days",
        "Half-life of goodwill.",
        "Nerlove & Arrow 1962; length is an assumption",
        gt=0,
        le=3650,
    )
    impression: float = setting(
        0.02, "goodwill", "Gain from a noticed ad, times what is missing to 1.", ge=0, le=1
    )
    click: float = setting(0.15, "goodwill", "Gain from a click.", ge=0, le=1)
    post: float = setting(0.05, "goodwill", "Gain from a post seen in a group.", ge=0, le=1)
    message: float = setting(0.3, "goodwill", "Gain from a friend's message.", ge=0, le=1)
    purchase: float = setting(0.4, "goodwill", "Gain from a purchase.", ge=0, le=1)
    trust_step: float = setting(
        0.3, "share", "Step of trust towards what was experienced.", ge=0, le=1
    )
    satisfaction_noise: float = setting(
        0.25, "satisfaction", "Standard deviation of satisfaction around quality.", ge=0, le=2
    )
    expectation: float = setting(
        0.45, "quality", "Quality at which people are neither satisfied nor not.", ge=0, le=1
    )
    lateness: float = setting(
        0.05,
        "satisfaction per day",
        "Loss for every day of waiting beyond the promised delivery.",
        ge=0,
        le=2,
    )
    service: float = setting(
        0.4,
        "satisfaction",
        "What the best service adds (`operations.service` says how much is spent on it).",
        ge=0,
        le=2,
    )
    service_half: Money = setting(
        500, "money per order", "Spending on service that adds half of that.", ge=1
    )
    patience: WholeDays = setting(
        14,
        "days",
        "An order that has not been sent after so many days is cancelled: the buyer is paid back,"
        " and as dissatisfied as can be.",
        ge=0,
        le=365,
    )
    return_rate: Rate = setting(
        0.03,
        "share",
        "Deliveries that come back when satisfaction is neutral; dissatisfied buyers return more.",
        ge=0,
        le=1,
    )
    follow_rate: Rate = setting(
        0.08, "share", "Satisfied buyers who follow the merchant of their own accord.", ge=0, le=1
    )
    fatigue: float = setting(0.01, "fatigue per impression", "What a pushed ad adds.", ge=0, le=10)
    fatigue_half_life: Days = setting(7.0, "days", "Half-life of fatigue.", gt=0, le=365)
    opt_out: float | None = setting(
        None,
        "ratio",
        "Fatigue, over one's tolerance, beyond which a person shuts out all ads on platforms; left"
        " out: nobody does.",
        "the author",
        gt=0,
    )
    opt_out_period: WholeDays | None = setting(
        None, "days", "For how long ads stay shut out; left out: for good.", "the author", ge=1
    )
    drift_mode: Literal["friend", "pair", "company"] = setting(
        "friend",
        "name",
        "How tastes drift: `friend`: towards a random friend, all at once; `pair` (Deffuant et al."
        " 2000): a person and a random friend move towards each other; `company` (Hegselmann &"
        " Krause 2002): towards the mean of all friends who are near enough, and of oneself.",
    )
    drift_rate: float = setting(
        0.005,
        "meetings per day",
        "Chance that a person meets a friend (or all, in `company`) and its taste may move.",
        ge=0,
        le=1,
    )
    drift_bound: float = setting(
        2.0,
        "taste units",
        "Friends whose tastes are further apart do not influence each other.",
        "Deffuant et al. 2000",
        ge=0,
    )
    drift_step: float = setting(
        0.1, "share", "Share of the distance moved.", "Deffuant et al. 2000", ge=0, le=1
    )
    rewiring: Rate = setting(
        0.0,
        "share per day",
        "People who meet a friend's friend and swap their most distant friend for them if that"
        " brings both nearer in taste; nobody's number of ties changes.",
        ge=0,
        le=1,
    )


class Sharing(Record):
    """Word of mouth along ties: independent cascades (Goldenberg et al. 2001) or others."""

    mode: Literal["independent_cascade", "linear_threshold", "threshold", "bass"] = setting(
        "independent_cascade",
        "name",
        "How good news spreads: `independent_cascade`: every tie is tried once; `linear_threshold`"
        " (Kempe et al. 2003): a friend follows once ties to people who have it weigh as much as a"
        " threshold drawn from 0 to 1; `threshold` (Watts 2002): once the share `threshold` of"
        " friends has it; `bass` (1969): everybody every day with a hazard that grows with that"
        " share. Bad news is always tried once along every tie.",
    )

    buyer_rate: Rate = setting(
        1.0,
        "share",
        "Buyers who talk about a delivery when sociability is 1 and they are clearly (half or"
        " more) satisfied or dissatisfied.",
        ge=0,
        le=1,
    )
    complaint_ratio: float = setting(
        2.0,
        "ratio",
        "Readiness to talk about a bad experience over a good one.",
        "acquaintances punish; East, Hammond & Lomax 2008 find it near 1-2",
        ge=0,
        le=10,
    )
    tie_probability: Rate = setting(
        0.035,
        "share",
        "Chance that a message passes along a tie of strength 1 to a perfectly fitting friend.",
        ge=0,
        le=1,
    )
    pass_on: Rate = setting(
        0.3, "share", "Receivers of sociability 1 who pass a message on.", ge=0, le=1
    )
    tempt: Rate = setting(
        0.5, "share", "Receivers of a good message who consider buying at once.", ge=0, le=1
    )
    good_news: float = setting(
        0.3,
        "trust",
        "Trust gained by a good message, times what is missing to 1.",
        "referred customers stay longer: Schmitt et al. 2011",
        ge=0,
        le=1,
    )
    bad_news: float = setting(0.15, "trust", "Trust lost by a bad message.", ge=0, le=1)
    threshold: Rate = setting(
        0.18,
        "share",
        "Of a person's friends, who must have it; for mode `threshold`.",
        "Watts 2002",
        ge=0,
        le=1,
    )
    innovation: float = setting(
        0.0001,
        "1 per day",
        "Hazard of taking to a merchant without any friend; for mode `bass`.",
        "p = 0.03 a year: Sultan, Farley & Lehmann 1990",
        ge=0,
        le=1,
    )
    imitation: float = setting(
        0.001,
        "1 per day",
        "Further hazard when all friends have it; for mode `bass`.",
        "q = 0.38 a year: Sultan, Farley & Lehmann 1990",
        ge=0,
        le=1,
    )
    max_depth: Whole = setting(20, "generations", "Longest chain of a message.", ge=1, le=1000)
    samples: Whole = setting(
        50, "cascades per day", "Cascades kept with their shape, at most.", ge=0, le=100_000
    )
