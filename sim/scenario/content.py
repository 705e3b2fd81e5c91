"""Pull: how searchers find what merchants publish, and what reading does to them."""

from __future__ import annotations

from sim.scenario.units import Rate, Record, Whole, setting


class Reading(Record):
    """How people find, read and share content (soft articles, infographics) while it is fresh."""

    slots: Whole = setting(2, "pieces", "Places for content that a searcher looks at.", ge=0, le=8)
    curiosity: float = setting(
        1.5,
        "ratio",
        "Searches for something to read over needs: so often does a person search without a need.",
        "48 % of web searches are informational, 30 % transactional: Broder 2002",
        ge=0,
        le=100,
    )
    others: float = setting(
        10.0,
        "pieces",
        "Fitting pieces by nobody in the market that compete for each place.",
        ge=0,
        le=1e9,
    )
    width: float = setting(
        1.2,
        "taste units",
        "Width of a piece's appeal: tribes are shown, and people read, less and less of what is"
        " further away in taste.",
        gt=0,
        le=100,
    )
    read_rate: Rate = setting(
        0.3, "share", "Pieces that are read when they are shown and fit perfectly.", ge=0, le=1
    )
    goodwill: float = setting(
        0.2, "goodwill", "Gain from reading, times what is missing to 1.", ge=0, le=1
    )
    trust: float = setting(
        0.03, "trust", "Gain from reading, times what is missing to 1.", ge=0, le=1
    )
    follow_rate: Rate = setting(0.05, "share", "Readers who follow the author.", ge=0, le=1)
    share_rate: Rate = setting(
        0.1,
        "share",
        "Readers of sociability 1 who tell their friends of a piece of virality 1.",
        ge=0,
        le=1,
    )
