"""One machine code per kernel: an int where a float was meant would compile a kernel again.

Counted are calls from Python that found no machine code for their types. A helper that only
kernels call may be specialised for its callers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import json, sys
from collections import Counter

import numpy as np
from numba.core.dispatcher import Dispatcher

compiled, names = Counter(), set()
compile_for = Dispatcher._compile_for_args

def counted(self, *arguments, **more):
    compiled[self.py_func.__module__ + "." + self.py_func.__qualname__] += 1
    return compile_for(self, *arguments, **more)

Dispatcher._compile_for_args = counted

from sim import bass, bounded_confidence, choose_seeds, clear_auction
from sim import independent_cascade, linear_threshold, threshold
from tests.engine.tiny import play

entry = {"rate_per_month": 30, "mix": {"buyer": 0.5, "grower": 0.5}}
play({"days": 9, "entry": entry})
play({"days": 9, "entry": entry}, threads=2)
play({"days": 9, "graph": {"kind": "complete"}, "sharing.samples": 0})
play({"days": 9, "graph": {"kind": "networkx:karate_club_graph"}, "consumers": {}})
play({"days": 9, "graph": {"kind": "ring"}, "memory.drift_rate": 0, "choice.friends": 0})
play({"days": 9, "platforms": {}})
play({"days": 3, "platforms": {"a": {}, "b": {"ad_slots": 9, "ticks_per_day": 1}}})
play({"days": 3, "merchants": {}})
changes = {"choice.friends": 1, "sharing.max_depth": 3, "merchants.buyer.product.price": 99}
play({"days": 9, "events": [{"day": 4, "set": changes}]})
play({"days": 9, "merchants.buyer.operations.capacity": 1, "memory.patience": 2})
reward = {"paid_as": "coupon", "reward": 99, "days": 9}
buyer = {"referral": reward, "sharing_incentive": 1, "strategy": {"kind": "group_buy"}}
asking = {"rate": 0.9, "persuasion": 9}
changes = {f"merchants.buyer.{name}": value for name, value in buyer.items()}
play({"days": 9, "inviting": asking, **changes})
play({"days": 9, "inviting": asking, "graph": {"kind": "complete"}, **changes}, threads=2)
poor = {"cash": 10, "overhead": 900}
market = play({"days": 9, "merchants.buyer.operations": poor})
launch = {"merchants.buyer.launch": {"seeds": 9, "method": "greedy"}}
for mode in ("linear_threshold", "threshold", "bass"):
    play({"days": 9, "sharing.mode": mode, **launch})
graph = market.world.graph
linear_threshold(graph, [1, 2])
linear_threshold(graph, np.array([1], np.int32), runs=5, seed=2**40)
threshold(graph, [1], 0)
threshold(graph, range(3), np.full(market.world.count, 0.3))
for method in ("k_core", "greedy", "random"):
    choose_seeds(graph, 3, method, probability=0.1)
independent_cascade(graph, [1, 2], 1)
independent_cascade(graph, np.array([1], np.int32), 0.1, runs=5, seed=2**40)
bass(graph, 0, 1, steps=3)
bass(graph, 0.1, 0.4, steps=3, dt=0.5)
bounded_confidence(graph, np.arange(market.world.count), 2)
for mode in ("friend", "company"):
    play({"days": 3, "memory.drift_mode": mode})
    bounded_confidence(graph, np.ones((market.world.count, 2)), 0.2, mode=mode, step=1)
clear_auction([3, 2], [1, 1], 1, reserve=1)
clear_auction(np.array([3, 2], np.int32), np.array([1.0, 2.0], np.float32), 2, rule="first_price")

ours = {name: count for name, count in compiled.items() if name.startswith("sim.")}
print(json.dumps(ours))
"""


def test_one_signature_for_every_kernel_that_python_calls() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 0, done.stderr
    compiled = json.loads(done.stdout)
    modules = {name.rsplit(".", 1)[0] for name in compiled}
    assert {
        "sim.steps.auction",
        "sim.steps.lots",
        "sim.steps.choice",
        "sim.steps.purchase",
        "sim.steps.deliver",
        "sim.steps.send",
        "sim.steps.community",
        "sim.steps.sharing",
        "sim.steps.memory",
        "sim.steps.drift",
        "sim.steps.diffusion",
        "sim.steps.invite",
        "sim.steps.answers",
        "sim.steps.teams",
        "sim.steps.referral",
        "sim.world.pairs",
    } <= modules
    twice = {name: count for name, count in compiled.items() if count > 1}
    assert not twice
