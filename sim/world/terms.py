"""On what terms merchants send, serve and owe: their ``operations`` as arrays, one row a merchant.

Rebuilt when an event changes them, so that a day costs the same for a thousand merchants as for
ten.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.scenario.behaviour import Memory
from sim.world.market import Firm

NO_LIMIT = 1 << 60  # [orders]


class Terms(NamedTuple):
    """Arrays over ``M`` merchants; money int64.

    capacity int64[M] [orders a day] (``NO_LIMIT``: any number); overtime int64[M] [orders a day
    beyond it], overtime_cost [money an order]; delivery int64[M] [days]; service, return_cost
    [money an order]; felt float64[M]: satisfaction that the service adds; overhead [money a day];
    interest float64[M] [share a day].
    """

    capacity: np.ndarray
    overtime: np.ndarray
    overtime_cost: np.ndarray
    delivery: np.ndarray
    service: np.ndarray
    return_cost: np.ndarray
    felt: np.ndarray
    overhead: np.ndarray
    interest: np.ndarray


def build_terms(firms: list[Firm], law: Memory) -> Terms:
    """Read the terms off the scenario. The first money spent on an order's service adds most:
    ``felt`` = ``memory.service`` x s / (s + ``memory.service_half``)."""
    specs = [firm.spec.operations for firm in firms]

    def whole(values: list[int]) -> np.ndarray:
        return np.array(values, np.int64)

    service = whole([spec.service for spec in specs])
    return Terms(
        capacity=whole([NO_LIMIT if s.capacity is None else s.capacity for s in specs]),
        overtime=whole([spec.overtime.orders for spec in specs]),
        overtime_cost=whole([spec.overtime.cost for spec in specs]),
        delivery=whole([spec.delivery for spec in specs]),
        service=service,
        return_cost=whole([spec.return_cost for spec in specs]),
        felt=law.service * service / (service + law.service_half),
        overhead=whole([spec.overhead for spec in specs]),
        interest=np.array([spec.interest for spec in specs], np.float64) / 365,
    )
