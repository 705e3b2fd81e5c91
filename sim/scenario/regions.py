"""Where people live and who sells across borders: regions, cultural distance, localisation."""

from __future__ import annotations

from pydantic import model_validator

from sim.scenario.units import Money, Record, Whole, WrongPart, setting


class Regions(Record):
    """Regions that differ in language, habit and culture."""

    count: Whole = setting(1, "regions", "Number of regions.", ge=1, le=8)
    sizes: list[float] | None = setting(
        None, "shares", "Relative sizes, one per region; left out: all equal.", "the author"
    )
    distance: float = setting(
        0.5,
        "0..1",
        "Cultural distance between any two regions: the share of word of mouth along a tie, of"
        " response to a foreign merchant's ads, and of the fit of its product that is lost.",
        "psychic distance: Johanson & Vahlne 1977; the number is an assumption",
        ge=0,
        le=1,
    )
    distances: list[list[float]] | None = setting(
        None,
        "0..1",
        "Distance of every region to every other, one row per region, symmetric, 0 to itself; left"
        " out: `distance` between any two.",
        "the author",
    )

    @model_validator(mode="after")
    def _one_for_each(self) -> Regions:
        if self.sizes is not None:
            if len(self.sizes) != self.count:
                raise WrongPart("sizes", f"has {len(self.sizes)} entries for {self.count} regions")
            if min(self.sizes) <= 0:
                raise WrongPart("sizes", "must all be above 0")
        if self.distances is not None:
            problem = _wrong_with(self.distances, self.count)
            if problem:
                raise WrongPart("distances", problem)
        return self


def _wrong_with(rows: list[list[float]], count: int) -> str:
    """Say what keeps rows from being distances between ``count`` regions; empty if nothing does."""
    if len(rows) != count:
        return f"has {len(rows)} rows for {count} regions"
    for number, row in enumerate(rows):
        if len(row) != count:
            return f"has {len(row)} entries in row {number}, but must be square: {count} by {count}"
    for i in range(count):
        if rows[i][i] != 0:
            return f"must be 0 from a region to itself, got {rows[i][i]:g} in row {i}"
        for j in range(count):
            if not 0 <= rows[i][j] <= 1:
                return f"must be from 0 to 1, got {rows[i][j]:g} in row {i}"
            if rows[i][j] != rows[j][i]:
                return (
                    f"must be symmetric, got {rows[i][j]:g} from region {i} to {j} and"
                    f" {rows[j][i]:g} back"
                )
    return ""


class Abroad(Record):
    """How a merchant deals with regions other than its own."""

    advertise: bool = setting(
        True, "yes or no", "Whether ads are shown to people of other regions."
    )
    localisation: Money = setting(
        0,
        "money per day",
        "Spending on language, service and habits of all other regions together; it takes away"
        " cultural distance bit by bit.",
        ge=0,
    )
    localisation_cost: Money = setting(
        5_000_000, "money", "Spending that takes away 63 % of the distance that is left.", gt=0
    )
    shipping: Money = setting(
        0, "money per order", "Extra cost of an order that goes abroad, paid by the merchant.", ge=0
    )
