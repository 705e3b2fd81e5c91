"""The scenario's numbers in the form kernels take: flat records of floats, rebuilt after an event.

Field names repeat those of ``sim.scenario.behaviour``, where unit, meaning and source stand.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sim.scenario.behaviour import Memory
from sim.scenario.community import Groups
from sim.scenario.schema import Scenario

# Goodwill is float32 and one noticed ad may raise it to just the threshold of consideration, which
# then must not hang on how a number is rounded: what is as good as equal is not considered.
ABOVE = 1 + 1e-6


class ChoiceLaw(NamedTuple):
    """Weights of utility; ``window`` is the attribution window in whole days, ``store`` the outside
    option in a store. ``outside`` and ``impulse`` are less what trust in online shops at large adds
    to every merchant."""

    quality: float
    goodwill: float
    trust: float
    friends: float
    outside: float
    impulse: float
    consider: float
    price_weight: float
    store: float
    window: int


class MemoryLaw(NamedTuple):
    """Gains and losses of goodwill, trust, fatigue; ``fade`` and ``calm`` are what is left today of
    stored goodwill and fatigue (``sim.world.relations.Clock``)."""

    impression: float
    click: float
    post: float
    message: float
    purchase: float
    trust_step: float
    satisfaction_noise: float
    expectation: float
    lateness: float
    return_rate: float
    follow_rate: float
    fatigue: float
    rewiring: float
    fade: float
    calm: float


class DriftLaw(NamedTuple):
    """How tastes drift towards company (``memory.drift_*``); ``mode`` is one of ``FRIEND``,
    ``PAIR``, ``COMPANY``."""

    mode: int
    rate: float
    bound: float
    step: float


class GroupLaw(NamedTuple):
    """How members behave; ``pace`` is the share of the gap that activity closes in a day."""

    critical_mass: float
    pace: float
    attendance: float
    effort_half: float
    channel_reach: float
    sales_fatigue: float
    mute_rate: float
    leave_rate: float
    trust_gain: float
    talk_rate: float
    post_hours: float
    content_lift: float
    content_talk: float
    service_trust: float
    service_keep: float
    advocate_rate: float
    advocate_talk: float


FRIEND, PAIR, COMPANY = range(3)
DRIFTS = ("friend", "pair", "company")  # in that order
CASCADE, LINEAR, FRACTIONAL, BASS = range(4)
MODES = ("independent_cascade", "linear_threshold", "threshold", "bass")  # in that order


class ShareLaw(NamedTuple):
    """How messages start and travel; ``mode`` is one of ``CASCADE`` and following."""

    buyer_rate: float
    complaint_ratio: float
    tie_probability: float
    pass_on: float
    tempt: float
    good_news: float
    bad_news: float
    acquaintance_complaint: float
    max_depth: int
    samples: int
    mode: int
    threshold: float
    innovation: float
    imitation: float


class ReadingLaw(NamedTuple):
    """How content is found and read (``sim.scenario.content``)."""

    curiosity: float
    others: float
    width: float
    read_rate: float
    goodwill: float
    trust: float
    follow_rate: float
    share_rate: float
    slots: int


class Laws(NamedTuple):
    """All laws of a scenario."""

    choice: ChoiceLaw
    memory: MemoryLaw
    drift: DriftLaw
    groups: GroupLaw
    sharing: ShareLaw
    reading: ReadingLaw


def build_laws(scenario: Scenario) -> Laws:
    """Turn the scenario's behaviour settings into flat records."""
    choice, memory, groups, sharing = (
        scenario.choice,
        scenario.memory,
        scenario.groups,
        scenario.sharing,
    )
    return Laws(
        ChoiceLaw(
            **_numbers(
                ChoiceLaw,
                choice,
                outside=choice.outside - choice.trust * choice.baseline_trust,
                impulse=choice.impulse - choice.trust * choice.baseline_trust,
                window=round(choice.attribution_window),
                consider=float(choice.consider) * ABOVE,
                store=float(scenario.stores.outside),
            )
        ),
        MemoryLaw(**_numbers(MemoryLaw, memory, fade=1.0, calm=1.0)),
        _drift_law(memory),
        _group_law(groups),
        ShareLaw(
            **_numbers(
                ShareLaw,
                sharing,
                acquaintance_complaint=float(groups.acquaintances.complaint),
                max_depth=sharing.max_depth,
                samples=sharing.samples,
                mode=MODES.index(sharing.mode),
            )
        ),
        ReadingLaw(**_numbers(ReadingLaw, scenario.content, slots=scenario.content.slots)),
    )


def _drift_law(memory: Memory) -> DriftLaw:
    return DriftLaw(
        DRIFTS.index(memory.drift_mode),
        float(memory.drift_rate),
        float(memory.drift_bound),
        float(memory.drift_step),
    )


def _group_law(groups: Groups) -> GroupLaw:
    posts, advocates = groups.posts, groups.advocates
    return GroupLaw(
        **_numbers(
            GroupLaw,
            groups,
            pace=float(1 - 2 ** (-1 / groups.activity_half_life)),
            post_hours=float(posts.hours),
            content_lift=float(posts.content_lift),
            content_talk=float(posts.content_talk),
            service_trust=float(posts.service_trust),
            service_keep=float(posts.service_keep),
            advocate_rate=float(advocates.rate),
            advocate_talk=float(advocates.talk),
        )
    )


def _numbers(law: Any, settings: Any, **given: Any) -> dict[str, Any]:
    """Return a law's fields: those ``given``, the others as floats from ``settings``."""
    return given | {
        name: float(getattr(settings, name)) for name in law._fields if name not in given
    }
