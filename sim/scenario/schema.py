"""What a scenario is: one frozen record; the loader turns text into it.

Named things are mappings, so every value has one dotted path
(``merchants.buyer.strategy.daily_budget``) for overrides, events and sweeps.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import StringConstraints, model_validator

from sim.scenario.behaviour import Choice, Memory, Sharing
from sim.scenario.calendar import Calendar
from sim.scenario.community import Groups
from sim.scenario.content import Reading
from sim.scenario.firms import MerchantGroup
from sim.scenario.goods import Category
from sim.scenario.leaders import Leader
from sim.scenario.markets import Entry, Event, Exit, Platform, Visits
from sim.scenario.media import Medium
from sim.scenario.population import Consumers, EdgeList, Graph, Networkx, Random, Tribal
from sim.scenario.question import Question
from sim.scenario.social import Inviting
from sim.scenario.stores import Stores
from sim.scenario.units import Rate, Record, Whole, WholeDays, Written, setting

Name = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"),
    Written("a name of at most 64 letters, digits, - and _"),
]
Currency = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z]{3}$"),
    Written("three capital letters such as CNY (ISO 4217)"),
]
DEFAULT_COUNT = 10_000
VILLAGE = 1_000  # people below which tribal graphs of the default degree may not exist


class Scenario(Record):
    """Everything a run depends on; equal scenarios and seeds give equal bits."""

    name: Name = setting(..., "name", "Name of the scenario; names the run's folder.", "the author")
    description: str = setting("", "text", "One or two sentences for the report.", "the author")
    question: Question | None = setting(
        None, "record", "What is asked, and the numbers of the run that answer it.", "the author"
    )
    days: WholeDays = setting(365, "days", "Length of the run.", "the author", ge=1, le=32_000)
    seed: Whole = setting(1, "number", "Seed of all randomness.", "the author", ge=0, le=2**63 - 1)
    currency: Currency = setting("CNY", "ISO 4217 code", "Currency of every amount.", "the author")
    check: Literal["off", "daily"] = setting(
        "off", "name", "`daily`: verify money and stock conservation after every day."
    )
    scale: Rate = setting(
        1.0,
        "share",
        "Size of the market that is run over the one that is written down: so many people, and so"
        " much of all that is there for them together (budgets, staff, stock, groups). Sums shrink"
        " with it; shares, prices and costs per head stay, as far as docs/scale.md says.",
        "the author",
        gt=0,
        le=100,
    )
    consumers: Consumers = setting(Consumers(), "record", "The people.")
    graph: Graph = setting(
        Tribal(),
        "record",
        f"Who knows whom; left out: tribal, and random among fewer than {VILLAGE:,} people, where"
        " tribes are too small for it.",
    )
    platforms: dict[Name, Platform] = setting({}, "mapping", "Platforms by name.", "the author")
    media: dict[Name, Medium] = setting(
        {}, "mapping", "Media beside the platforms by name.", "the author"
    )
    content: Reading = setting(Reading(), "record", "How people find and read content.")
    stores: Stores = setting(Stores(), "record", "Where people without a platform buy.")
    merchants: dict[Name, MerchantGroup] = setting(
        {}, "mapping", "Merchants by name.", "the author"
    )
    categories: dict[Name, Category] = setting(
        {},
        "mapping",
        "Categories of goods by name, at most 8; left out: one, with `consumers.need_rate` and"
        " `choice.reference_price`.",
        "the author",
        max_length=8,
    )
    calendar: Calendar = setting(Calendar(), "record", "When people need and visit more.")
    visits: Visits = setting(Visits(), "record", "How visits move between platforms.")
    leaders: dict[Name, Leader] = setting({}, "mapping", "Opinion leaders by name.", "the author")
    entry: Entry = setting(Entry(), "record", "Merchants who come later.")
    exit: Exit = setting(Exit(), "record", "Merchants who close though they could pay.")
    events: list[Event] = setting([], "list", "Settings that change on a day.", "the author")
    choice: Choice = setting(Choice(), "record", "How people choose.")
    memory: Memory = setting(Memory(), "record", "What people remember.")
    groups: Groups = setting(Groups(), "record", "How people behave in groups.")
    sharing: Sharing = setting(Sharing(), "record", "How people talk.")
    inviting: Inviting = setting(Inviting(), "record", "How people invite friends to buy.")

    @model_validator(mode="before")
    @classmethod
    def _default_count(cls, value: Any) -> Any:
        """Fill in the number of consumers, and a graph that can be built for that many."""
        if not isinstance(value, dict):
            return value
        people, graph = value.get("consumers", {}), value.get("graph", {})
        count = people.get("count") if isinstance(people, dict) else getattr(people, "count", None)
        if "graph" not in value and isinstance(count, int) and 0 < count < VILLAGE:
            degree = float(min(Tribal().mean_degree, (count - 1) / 2))
            return {**value, "graph": Random(mean_degree=degree)}
        kind = graph.get("kind", "") if isinstance(graph, dict) else getattr(graph, "kind", "")
        if kind == "edge_list" or str(kind).startswith("networkx:"):
            return value
        if isinstance(people, dict) and people.get("count") is None:
            return {**value, "consumers": {**people, "count": DEFAULT_COUNT}}
        if isinstance(people, Consumers) and people.count is None:
            return {**value, "consumers": people.model_copy(update={"count": DEFAULT_COUNT})}
        return value

    @property
    def graph_brings_people(self) -> bool:
        """Whether the number of consumers may come from the graph."""
        return isinstance(self.graph, (EdgeList, Networkx))
