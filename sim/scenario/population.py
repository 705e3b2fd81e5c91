"""Who the consumers are and whom they know."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag, model_validator

from sim.scenario.distribution import (
    Beta,
    Distribution,
    Gamma,
    Lognormal,
    Positive,
    PositiveOrZero,
    Share,
)
from sim.scenario.regions import Regions
from sim.scenario.units import Rate, Record, Whole, Written, WrongPart, setting


class Tribes(Record):
    """Groups of like-minded people: centres in taste space with people spread around them."""

    count: Whole = setting(12, "tribes", "Number of tribes.", ge=1, le=4096)
    sizes: list[float] | None = setting(
        None, "shares", "Relative sizes, one per tribe; left out: by `size_exponent`.", "the author"
    )
    size_exponent: float = setting(
        0.5, "exponent", "Sizes fall as rank^-exponent; 0 makes all equal.", ge=0, le=5
    )
    dimensions: Whole = setting(4, "axes", "Dimensions of taste space.", ge=1, le=16)
    spread: float = setting(
        0.6,
        "taste units",
        "Standard deviation of tastes around their centre, per axis;"
        " centres themselves have standard deviation 1.",
        ge=0,
        le=10,
    )

    @model_validator(mode="after")
    def _sizes_fit(self) -> Tribes:
        if self.sizes is not None:
            if len(self.sizes) != self.count:
                raise WrongPart(
                    "sizes",
                    f"has {len(self.sizes)} entries for {self.count} tribes",
                )
            if min(self.sizes) < 0 or sum(self.sizes) <= 0:
                raise WrongPart("sizes", "must not be negative and must not all be 0")
        return self


class Consumers(Record):
    """How many people there are and how they differ."""

    count: Whole | None = setting(
        None,
        "people",
        "Number of consumers; left out: all the people of an `edge_list` or `networkx:`"
        " graph, otherwise 10,000.",
        "the author",
        ge=1,
        le=200_000_000,
    )
    tribes: Tribes = setting(Tribes(), "record", "Tribes in taste space.")
    regions: Regions = setting(
        Regions(), "record", "Regions with their language, habits and culture."
    )
    slots: Whole = setting(
        8,
        "slots",
        "Merchants that a person can keep in mind (relations).",
        "consideration sets are small: Hauser & Wernerfelt 1990",
        ge=2,
        le=32,
    )
    need_rate: PositiveOrZero = setting(
        Distribution(gamma=Gamma(mean=0.03, shape=0.385)),
        "needs per day",
        "Rate at which a person comes to need something of the category.",
        "Gamma-Poisson fitted to CDNOW, see docs/calibration.md",
    )
    price_sensitivity: PositiveOrZero = setting(
        Distribution(lognormal=Lognormal(mean=2.0, cv=0.4)),
        "utility per log price",
        "Weight of log(price / reference price) in utility.",
    )
    sociability: Share = setting(
        Distribution(beta=Beta(mean=0.5, concentration=4)),
        "0..1",
        "Readiness to talk about what one bought or read.",
    )
    ad_tolerance: Positive = setting(
        Distribution(lognormal=Lognormal(mean=1.0, cv=0.5)),
        "ratio",
        "Fatigue that a person bears before responses fall by e.",
    )


class Strength(Record):
    """Tie strengths (Granovetter 1973): strong inside the tribe and with common friends."""

    inside: float = setting(1.0, "ratio", "Strength of a tie inside a tribe.", gt=0, le=10)
    across: float = setting(0.4, "ratio", "Strength of a tie across tribes.", gt=0, le=10)
    common_friends: float = setting(
        0.5,
        "ratio",
        "Added strength, times the share of the smaller circle of friends that both"
        " have in common.",
        ge=0,
        le=10,
    )


class _Graph(Record):
    strength: Strength = setting(Strength(), "record", "How strong ties are.")


class Tribal(_Graph):
    """Power-law degrees, most ties inside the tribe, tunable clustering. The default."""

    kind: Literal["tribal"] = setting("tribal", "name", "Graph family.", "the author")
    mean_degree: float = setting(12.0, "ties per person", "Mean degree.", gt=0, le=1000)
    mixing: Rate = setting(
        0.25,
        "share",
        "Share of ties that leave the tribe (with regions: the tribe's part of the region).",
        ge=0,
        le=1,
    )
    crossing: Rate | None = setting(
        None,
        "share",
        "Share of all ties that cross regions, at most `mixing`; left out: as chance has it.",
        ge=0,
        le=1,
    )
    clustering: Rate = setting(
        0.2,
        "0..1",
        "Mean local clustering coefficient; 0: no triangles but those of chance.",
        "LastFM Asia .22, ego-Facebook .605 (SNAP)",
        ge=0,
        le=0.6,
    )
    degree_exponent: float = setting(
        3.0, "exponent", "Exponent of the power-law degree distribution.", gt=2, le=10
    )


class SmallWorld(_Graph):
    """Watts & Strogatz 1998."""

    kind: Literal["small_world"] = setting("small_world", "name", "Graph family.", "the author")
    mean_degree: Whole = setting(
        12, "ties per person", "Even number of nearest neighbours.", ge=2, le=1000, multiple_of=2
    )
    rewiring: Rate = setting(0.1, "share", "Share of ties rewired.", ge=0, le=1)


class ScaleFree(_Graph):
    """Barabási & Albert 1999: newcomers tie to the well-connected."""

    kind: Literal["scale_free"] = setting("scale_free", "name", "Graph family.", "the author")
    mean_degree: Whole = setting(
        12, "ties per person", "Even mean degree.", ge=2, le=1000, multiple_of=2
    )


class Random(_Graph):
    """Erdős & Rényi: every tie equally likely."""

    kind: Literal["random"] = setting("random", "name", "Graph family.", "the author")
    mean_degree: float = setting(12.0, "ties per person", "Mean degree.", ge=0, le=1000)


class Ring(_Graph):
    """Everybody knows the nearest on a circle."""

    kind: Literal["ring"] = setting("ring", "name", "Graph family.", "the author")
    mean_degree: Whole = setting(
        2, "ties per person", "Even number of nearest neighbours.", ge=2, le=1000, multiple_of=2
    )


class Complete(Record):
    """Everybody may meet everybody (mean field); never stored as ties."""

    kind: Literal["complete"] = setting("complete", "name", "Graph family.", "the author")
    contacts: float = setting(
        12.0,
        "people",
        "Mean number of people, drawn afresh, whom a message is offered to.",
        gt=0,
        le=1000,
    )


class Networkx(_Graph):
    """Any generator of networkx by name, for up to 100,000 people."""

    kind: Annotated[str, Written("networkx:<generator>")] = setting(
        "networkx:karate_club_graph",
        "name",
        "`networkx:<generator>`.",
        "the author",
        pattern=r"^networkx:[A-Za-z_][A-Za-z0-9_]*$",
    )
    arguments: dict[str, Any] = setting(
        {},
        "mapping",
        "Keyword arguments of the generator; n and seed are filled in where it takes them.",
        "the author",
    )


class EdgeList(_Graph):
    """Ties from a file: SNAP or CSV, plain or gzip, ids of any kind."""

    kind: Literal["edge_list"] = setting("edge_list", "name", "Graph family.", "the author")
    path: str = setting(
        ..., "path", "File of ties, relative to the scenario file.", "the author", min_length=1
    )
    labels: str | None = setting(
        None,
        "path",
        "File of `id label` lines used as tribes; left out: communities found in the graph.",
        "the author",
    )


def _graph_kind(value: Any) -> str:
    kind = value.get("kind", "tribal") if isinstance(value, dict) else getattr(value, "kind", "")
    return "networkx" if isinstance(kind, str) and kind.startswith("networkx:") else str(kind)


Graph = Annotated[
    Annotated[Tribal, Tag("tribal")]
    | Annotated[SmallWorld, Tag("small_world")]
    | Annotated[ScaleFree, Tag("scale_free")]
    | Annotated[Random, Tag("random")]
    | Annotated[Ring, Tag("ring")]
    | Annotated[Complete, Tag("complete")]
    | Annotated[Networkx, Tag("networkx")]
    | Annotated[EdgeList, Tag("edge_list")],
    Discriminator(_graph_kind),
]
