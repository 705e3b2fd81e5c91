"""Auctions against a plain twin, and laws that every rule keeps.

Textbook cases, order statistics, reserve and truthfulness: ``sim check auctions``, which
tests/check runs.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sim.check.plain_auction import plain_auction
from sim.steps.auction import RULES, AuctionResult, clear_auction, posted, rank_bidders
from sim.steps.lots import MAX_SLOTS, Lots, clear_lots

EQUAL = np.ones
UNIT = 1_000_000  # a value of 1 in whole units, so that rounding up does not matter


# --- one auction ------------------------------------------------------------------------------


@st.composite
def auctions(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray, str, int]:
    """Bids, qualities (eighths, so that a twin in fractions is exact), clicks by slot, rule,
    reserve."""
    n = draw(st.integers(0, 12))
    bids = draw(st.lists(st.integers(0, 5000), min_size=n, max_size=n))
    eighths = draw(st.lists(st.integers(1, 64), min_size=n, max_size=n))
    clicks = draw(st.lists(st.integers(1, 300), min_size=0, max_size=8))
    rule = draw(st.sampled_from(sorted(RULES)))
    return (
        np.array(bids, np.int64),
        np.array(eighths, np.float64) / 8,
        np.array(sorted(clicks, reverse=True), np.float64),
        rule,
        draw(st.integers(1 if rule == "fixed_price" else 0, 1000)),
    )


def cleared(
    bids: np.ndarray, quality: np.ndarray, clicks: np.ndarray, rule: str, reserve: int
) -> AuctionResult:
    return clear_auction(bids, quality, len(clicks), rule=rule, reserve=reserve, click_rates=clicks)


def pairs(result: AuctionResult) -> list[tuple[int, int]]:
    return list(zip(result.winner.tolist(), result.price.tolist(), strict=True))


@given(auctions())
def test_auction_is_its_plain_twin(auction: tuple) -> None:
    bids, quality, clicks, rule, reserve = auction
    got = cleared(*auction)
    assert pairs(got) == plain_auction(bids, quality, clicks, rule, reserve)


@given(auctions())
def test_price_lies_between_reserve_and_own_bid(auction: tuple) -> None:
    bids, quality, clicks, rule, reserve = auction
    got, slots = cleared(*auction), len(clicks)
    won = got.winner[got.winner >= 0]
    assert len(set(won.tolist())) == len(won)  # nobody wins twice
    assert (got.price[: len(won)] <= bids[won]).all()
    assert (got.price[: len(won)] >= reserve).all()
    assert (got.price[len(won) :] == 0).all()
    scores = quality if rule == "fixed_price" else bids * quality
    assert (np.diff(scores[won]) <= 0).all()
    assert len(won) == min(slots, (bids >= max(reserve, 1)).sum())
    left_out = np.setdiff1d(np.flatnonzero(bids >= max(reserve, 1)), won)
    if len(won) == slots and slots and len(left_out):
        assert scores[left_out].max() <= scores[won].min()


@given(auctions(), st.randoms(use_true_random=False))
def test_names_do_not_matter(auction: tuple, luck: object) -> None:
    bids, quality, clicks, rule, reserve = auction
    scores = quality if rule == "fixed_price" else bids * quality
    assume(len(set(scores.tolist())) == len(bids))  # ties go by order
    shuffled = list(range(len(bids)))
    luck.shuffle(shuffled)  # type: ignore[attr-defined]
    new = np.array(shuffled, np.int64)
    first = cleared(*auction)
    second = cleared(bids[new], quality[new], clicks, rule, reserve)
    assert first.price.tolist() == second.price.tolist()
    assert first.winner.tolist() == [new[w] if w >= 0 else -1 for w in second.winner]


@given(auctions(), st.integers(0, 11), st.integers(1, 500))
def test_bidding_more_never_costs_a_place(auction: tuple, who: int, more: int) -> None:
    bids, quality, clicks, rule, reserve = auction
    assume(who < len(bids))
    higher = bids.copy()
    higher[who] += more

    def place(offers: np.ndarray) -> int:
        winners = cleared(offers, quality, clicks, rule, reserve).winner.tolist()
        return winners.index(who) if who in winners else len(clicks)

    assert place(higher) <= place(bids)


@given(auctions(), st.integers(0, 11), st.integers(0, 5000))
def test_truth_is_dominant_in_vcg(auction: tuple, who: int, other: int) -> None:
    """No other bid gains more than truth, but for the last unit to which prices are rounded up."""
    values, quality, clicks, _, reserve = auction
    assume(who < len(values))

    def gain(bid: int) -> float:
        bids = values.copy()
        bids[who] = bid
        got = cleared(bids, quality, clicks, "vcg", reserve)
        if who not in got.winner:
            return 0.0
        slot = got.winner.tolist().index(who)
        return float(clicks[slot] * (values[who] - got.price[slot]))

    rounding = float(clicks.max(initial=0))
    assert gain(other) <= gain(int(values[who])) + rounding


@given(auctions())
def test_harm_is_never_more_than_the_next_score(auction: tuple) -> None:
    """At the same bids every slot costs at least as much under GSP as under VCG."""
    bids, quality, clicks, _, reserve = auction
    gsp = cleared(bids, quality, clicks, "gsp", reserve)
    vcg = cleared(bids, quality, clicks, "vcg", reserve)
    assert gsp.winner.tolist() == vcg.winner.tolist()
    assert (gsp.price >= vcg.price).all()


@given(auctions(), st.integers(1, 400))
def test_a_higher_reserve_never_makes_a_click_cheaper(auction: tuple, more: int) -> None:
    """Among equally good bidders: who still can pay keeps the slot and pays no less. (Where
    qualities differ, a reserve may keep out a rival whose score was high: then it can.)"""
    bids, _, clicks, rule, reserve = auction
    before = cleared(bids, EQUAL(len(bids)), clicks, rule, reserve)
    after = cleared(bids, EQUAL(len(bids)), clicks, rule, reserve + more)
    stay = (after.winner >= 0).sum()
    if rule != "fixed_price":  # who is equally good there is ranked by order
        assert after.winner[:stay].tolist() == before.winner[:stay].tolist()
    assert (after.price[:stay] >= before.price[:stay]).all()
    assert (after.price[:stay] >= reserve + more).all()


def test_a_posted_price_is_all_there_is_to_pay() -> None:
    """Who is willing to pay it is ranked by click rate, however much more others would pay."""
    got = clear_auction(
        [900, 200, 199, 250], [1.0, 3.0, 9.0, 2.0], 2, rule="fixed_price", reserve=200
    )
    assert got.winner.tolist() == [1, 3]
    assert got.price.tolist() == [200, 200]


def test_quality_outranks_a_higher_bid() -> None:
    """A click rate twice as high beats a bid half as high again, and pays for it less."""
    got = clear_auction([300, 200, 100], [1.0, 2.0, 1.0], 2)
    assert got.winner.tolist() == [1, 0]
    assert got.price.tolist() == [150, 100]  # 300 x 1 / 2, and 100 x 1 / 1


@pytest.mark.parametrize(
    ("bids", "quality", "rule", "says"),
    [
        ([1], [1.0], "third_price", "third_price"),
        ([1, 2], [1.0], "gsp", "same length"),
        ([1, 2], [1.0, 0.0], "gsp", "positive"),
        ([[1]], [[1.0]], "gsp", "lists"),
        ([1], [1.0], "fixed_price", "posted price"),
    ],
)
def test_refuses_in_words(bids: list, quality: list, rule: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        clear_auction(bids, quality, 1, rule=rule)


@pytest.mark.parametrize("rates", [[1.0], [1.0, 2.0], [1.0, 0.0], [[1.0, 0.5]]])
def test_refuses_click_rates_that_no_slots_have(rates: list) -> None:
    with pytest.raises(ValueError, match="click_rates must be 2 positive numbers"):
        clear_auction([3, 2], [1, 1], 2, rule="vcg", click_rates=np.array(rates))


# --- lots of a tick ---------------------------------------------------------------------------


class Table:
    """A market of bidders for the kernels of a tick; segments differ in quality."""

    def __init__(self, bids: list[int], segments: int = 3, seed: int = 1) -> None:
        m = len(bids)
        rng = np.random.default_rng(seed)
        self.seed = np.uint64(seed)
        self.bid = np.array(bids, np.int64)
        self.left = np.full(m, 10**9, np.int64)
        self.throttle = np.ones(m)
        self.able = np.ones(m, np.bool_)
        self.target = np.ones((m, segments), np.bool_)
        self.luck = rng.integers(0, 2**32, m, dtype=np.uint32)
        self.quality = rng.uniform(0.5, 2.0, (segments, m))
        self.segments = segments

    def rank(self, reserve: int = 0, day: int = 0) -> tuple[np.ndarray, np.ndarray]:
        order = np.empty((self.segments, len(self.bid)), np.int16)
        count = np.zeros(self.segments, np.int32)
        rank_bidders(
            0,
            self.segments,
            self.seed,
            day,
            reserve,
            self.bid,
            self.able,
            self.target,
            self.luck,
            self.quality,
            order,
            count,
        )
        return order, count

    def clear(
        self, slots: int, *, rule: str = "gsp", reserve: int = 0, variants: int = 16, draw: int = 0
    ) -> Lots:
        offers = self.bid
        if rule == "fixed_price":
            self.bid = posted(offers, reserve)
        order, count = self.rank(reserve)
        lots = Lots(
            np.empty((self.segments, variants, slots), np.int16),
            np.empty((self.segments, variants, slots), np.int64),
        )
        clear_lots(
            0,
            self.segments,
            self.seed,
            0,
            draw,
            RULES[rule],
            reserve,
            0.8 ** np.arange(slots),
            self.bid,
            self.left,
            self.throttle,
            self.luck,
            self.quality,
            order,
            count,
            lots,
        )
        self.bid = offers
        return lots


@given(
    bids=st.lists(st.integers(0, 3000), min_size=0, max_size=20, unique=True),
    slots=st.integers(1, MAX_SLOTS),
    rule=st.sampled_from(sorted(RULES)),
    reserve=st.integers(1, 800),
    seed=st.integers(1, 50),
)
def test_unthrottled_lots_are_the_one_auction(
    bids: list[int], slots: int, rule: str, reserve: int, seed: int
) -> None:
    table = Table(bids, seed=seed)
    lots = table.clear(slots, rule=rule, reserve=reserve)
    for s in range(table.segments):
        rates = 0.8 ** np.arange(slots)
        one = clear_auction(
            table.bid, table.quality[s], slots, rule=rule, reserve=reserve, click_rates=rates
        )
        assert (lots.winner[s] == one.winner).all()
        assert (lots.price[s] == one.price).all()


@given(
    throttle=st.lists(st.floats(0.002, 1.0), min_size=1, max_size=MAX_SLOTS),
    slots=st.integers(1, 4),
    rule=st.sampled_from(sorted(RULES)),
    seed=st.integers(1, 50),
    draw=st.integers(0, 500),
)
def test_a_throttled_lot_is_the_auction_of_its_participants(
    throttle: list[float], slots: int, rule: str, seed: int, draw: int
) -> None:
    """Who takes part does not depend on the slots, so with a slot for everybody it can be seen."""
    table = Table([100 + 37 * n for n in range(len(throttle))], segments=2, seed=seed)
    table.throttle[:] = throttle
    everybody = table.clear(MAX_SLOTS, rule=rule, reserve=50, draw=draw).winner
    lots = table.clear(slots, rule=rule, reserve=50, draw=draw)
    rates = 0.8 ** np.arange(slots)
    for s in range(2):
        for v in range(16):
            here = everybody[s, v][everybody[s, v] >= 0].astype(np.int64)
            one = clear_auction(
                table.bid[here],
                table.quality[s, here],
                slots,
                rule=rule,
                reserve=50,
                click_rates=rates,
            )
            assert lots.winner[s, v].tolist() == [here[w] if w >= 0 else -1 for w in one.winner]
            assert lots.price[s, v].tolist() == one.price.tolist()


def test_participation_matches_the_throttle() -> None:
    """With a slot for everybody, a bidder is shown in its share of the lots."""
    share = np.array([0.02, 0.25, 0.5, 0.75, 1.0])
    table = Table([500, 400, 300, 200, 100], segments=4)
    table.throttle[:] = share
    ticks = 400
    shown = np.zeros(5)
    together = 0.0
    for draw in range(ticks):
        winner = table.clear(5, draw=draw).winner
        hits = np.stack([(winner == m).any(axis=2) for m in range(5)])
        shown += hits.sum(axis=(1, 2))
        together += (hits[1] & hits[2]).sum()
    lots = ticks * 4 * 16
    error = np.sqrt(share * (1 - share) / lots)
    assert (np.abs(shown / lots - share) <= 4 * error).all()
    both = 0.25 * 0.5
    assert abs(together / lots - both) < 4 * np.sqrt(both * (1 - both) / lots)  # independent


def test_who_cannot_pay_a_click_sits_out() -> None:
    table = Table([500, 400, 300])
    table.left[:] = [499, 400, 10**6]
    lots = table.clear(3)
    assert set(lots.winner.ravel().tolist()) == {1, 2, -1}


def test_who_does_not_target_a_segment_is_not_shown_there() -> None:
    table = Table([500, 400, 300])
    table.target[0, 1] = False
    table.able[2] = False
    lots = table.clear(3)
    assert [sorted(set(lots.winner[s].ravel().tolist())) for s in range(3)] == [
        [-1, 0, 1],
        [-1, 1],
        [-1, 0, 1],
    ]


def test_equal_scores_take_turns() -> None:
    """Four equal bidders: over days and segments each is first in a quarter of the auctions."""
    table = Table([200] * 4, segments=50)
    table.quality[:] = 1.0
    firsts = np.concatenate([table.rank(day=day)[0][:, 0] for day in range(40)])
    share = np.bincount(firsts, minlength=4) / len(firsts)
    assert (np.abs(share - 0.25) < 4 * np.sqrt(0.25 * 0.75 / len(firsts))).all()


def test_lots_do_not_depend_on_how_segments_are_cut() -> None:
    table = Table([100 + n for n in range(12)], segments=9)
    table.throttle[:] = 0.4
    whole = table.clear(3)
    order, count = table.rank()
    parts = Lots(np.zeros_like(whole.winner), np.zeros_like(whole.price))
    for first, last in ((5, 9), (0, 2), (2, 5)):
        clear_lots(
            first,
            last,
            table.seed,
            0,
            0,
            RULES["gsp"],
            0,
            0.8 ** np.arange(3),
            table.bid,
            table.left,
            table.throttle,
            table.luck,
            table.quality,
            order,
            count,
            parts,
        )
    assert (parts.winner == whole.winner).all()
    assert (parts.price == whole.price).all()
