"""The order of a day, in one place.

| stage       | reads -> writes                                                                |
|-------------|--------------------------------------------------------------------------------|
| `decide`    | yesterday's own ledger -> offers, bids, care (``sim.engine.model``)            |
| `traffic`   | bookings -> contacts, goodwill; shelves; then                                  |
|             | visits, bids -> impressions, clicks, charges, goodwill, fatigue, occasions;    |
|             | searchers, pieces of content -> readers, goodwill, trust, followers, messages  |
| `community` | groups, staff -> activity, trust, posts, leaves, messages, occasions           |
| `sharing`   | messages, invitations -> goodwill, trust, cascades, occasions, answers         |
| `purchase`  | occasions, answers -> orders, teams, rewards, cash, stock; charges per order   |
| `fulfil`    | orders due -> satisfaction, trust, refunds, followers, members; supplies; exit |
| `memory`    | tastes of friends -> tastes; weekly measures                                   |
| `record`    | counts -> series (``sim.engine.recorder``); never reads consumers              |
"""

from __future__ import annotations

from collections.abc import Callable

from sim.kernel import Threads
from sim.steps.community import community
from sim.steps.content import content
from sim.steps.day import Day
from sim.steps.fulfil import fulfil
from sim.steps.incentive import let_talk, pay_messages
from sim.steps.leaving import leave
from sim.steps.media import media
from sim.steps.memory import memory
from sim.steps.order_billing import bill_orders
from sim.steps.purchase import purchase
from sim.steps.referral import ask_friends_along, credit_referrals, note_inviters
from sim.steps.sharing import sharing
from sim.steps.stores import stock_shelves
from sim.steps.teams import ask_for_teams, settle_teams
from sim.steps.traffic import Traffic

Stage = Callable[[Day, Threads], None]

STAGES = ("decide", "traffic", "community", "sharing", "purchase", "fulfil", "memory", "record")


def make_stages() -> dict[str, Stage]:
    """Return the stages between deciding and recording, in order; traffic keeps buffers."""
    buffers: dict[str, Traffic] = {}

    def traffic(day: Day, threads: Threads) -> None:
        if "traffic" not in buffers:
            buffers["traffic"] = Traffic(day, threads)
        media(day, threads)
        stock_shelves(day)
        buffers["traffic"].run(day)
        content(day)

    def talk(day: Day, threads: Threads) -> None:
        sharing(day, threads)
        pay_messages(day)
        ask_friends_along(day)
        ask_for_teams(day)

    def buy(day: Day, threads: Threads) -> None:
        purchase(day, threads)
        settle_teams(day)
        bill_orders(day)
        credit_referrals(day)

    def serve(day: Day, threads: Threads) -> None:
        fulfil(day, threads)
        note_inviters(day)
        let_talk(day)
        leave(day)

    return {
        "traffic": traffic,
        "community": community,
        "sharing": talk,
        "purchase": buy,
        "fulfil": serve,
        "memory": memory,
    }
