"""What mass media reached and how tired people are of push: a run's tables → parts of the summary.

Formulas and their definitions are in ``reach.py``; here they only meet the columns.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.scenario.schema import Scenario
from sim.study import reach
from sim.study.tables import Table, Tables


def of_market(tables: Tables, scenario: Scenario) -> dict[str, Any]:
    """Return what a summary says of media and weariness under ``market``."""
    market = tables["market"]
    return {
        "opted_out": int(market["opted_out"][-1]) if len(market["opted_out"]) else 0,
        "media": {name: _medium(tables["media"], name) for name in scenario.media},
    }


def _medium(table: Table, name: str) -> dict[str, Any]:
    here = np.asarray([str(other) == name for other in table["medium"]], bool)
    contacts, spend = table["contacts"][here].sum(), table["spend"][here].sum()
    return {
        "spend": int(spend),
        "contacts": int(contacts),
        "cost_per_mille": reach.cost_per_mille(spend, contacts),
        "grp": reach.gross_rating_points(table["grp"][here]),
        "frequency": reach.frequency(contacts, table["reached"][here].sum()),
    }
