"""Runs and camps as tables: one row per run, one per run and camp, from manifest and summary.

The columns are named as in ``summary.json``; money is in smallest units there as here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sim.engine.columns import Column, declared
from sim.study.folders import RunFolder

RUNS = declared("""
run                  | text | name   | folder of the run, below the folder that was asked
name                 | text | name   | name in the scenario
seed                 | i8 | seed     | seed of the run
headline             | text | sentence | the answer in one sentence
verdict              | text | word   | clear, unclear, too_few, alone or nobody
first                | text | name   | camp with the highest return on capital
second               | text | name   | camp that came next
wins                 | f8 | 0..1     | pairs of merchants of both in which the first earned more
days                 | i8 | days     | days simulated
consumers            | i8 | people   | consumers
merchants            | i8 | merchants | merchants that came
currency             | text | code   | currency of the scenario
orders               | i8 | orders   | orders of all merchants
gmv                  | i8 | money    | gross merchandise value
needs                | i8 | needs    | needs that arose
visits               | i8 | visits   | visits on all platforms
entries              | i8 | merchants | merchants who came later
exits                | i8 | merchants | merchants who became insolvent
quits                | i8 | merchants | merchants who closed though they could pay
search_share         | f8 | 0..1     | searching visits over all visits
platform_hhi         | f8 | 0..1     | Herfindahl index of the platforms' visits of the last 30 days
shop_share           | f8 | 0..1     | orders in own shops over all orders
hhi                  | f8 | 0..1     | Herfindahl index of the last 30 days' orders
gini                 | f8 | 0..1     | Gini coefficient of the same among merchants in business
tail_share           | f8 | 0..1     | share of them that the smaller half of merchants has
opted_out            | i8 | people   | people who shut out all ads at the end
cascades             | i8 | cascades | messages started
cascade_mean         | f8 | people   | mean size of a cascade
cascade_max          | i8 | people   | size of the largest cascade
viral_coefficient    | f8 | people   | further people that a person reached brought on
reproduction_first   | f8 | people   | people told by a sender of a message
reproduction_second  | f8 | people   | people told by each of these
reproduction_third   | f8 | people   | ... and by each of those
structural_virality  | f8 | ties     | mean over cascades of more than one person
singletons           | f8 | 0..1     | messages that reached nobody but their sender
beyond_one_step      | f8 | 0..1     | messages that were passed on at least once
ledger_gap           | i8 | money    | 0: money adds up
status               | text | word   | complete
scenario_sha256      | text | hex    | digest of the scenario; the same for all seeds
results_sha256       | text | hex    | digest of all series
version              | text | version | version of Flowtribe
threads              | i8 | threads  | threads of the kernels
wall_s               | f8 | seconds  | time from start to writing
peak_rss_mb          | f8 | MiB      | peak memory
folder               | text | path   | absolute path of that folder
""")

CAMPS = declared("""
run                  | text | name   | folder of the run
name                 | text | name   | name in the scenario
seed                 | i8 | seed     | seed of the run
camp                 | text | name   | name in the scenario's `merchants`
strategy             | text | name   | strategy kind
merchants            | i8 | merchants | merchants that came
founders             | i8 | merchants | merchants of the first day
alive                | i8 | merchants | in business at the end
opening_cash         | i8 | money    | cash each began with
orders               | i8 | orders   | orders
new_customers        | i8 | people   | first orders
revenue              | i8 | money    | price of orders less refunds
gross_margin         | i8 | money    | revenue less goods and platform fees
spend_ads            | i8 | money    | charged for ads
spend_media          | i8 | money    | mass media, and shelves in stores
spend_community      | i8 | money    | wages, integration and conversion
spend_content        | i8 | money    | pull content
overhead             | i8 | money    | fixed costs
service              | i8 | money    | service of delivered orders
logistics            | i8 | money    | overtime, express surcharges, ordering, returns
interest             | i8 | money    | on cash below 0
stockout_rate        | f8 | 0..1     | orders that failed for want of stock over those and orders
refund_rate          | f8 | 0..1     | orders paid back over orders
profit               | i8 | money    | gross margin less marketing and running costs
profit_mean          | f8 | money    | profit per merchant of the first day: mean
profit_min           | f8 | money    | ... worst
profit_median        | f8 | money    | ... middle
profit_max           | f8 | money    | ... best
return_on_capital    | f8 | ratio    | mean profit per merchant over opening cash
cash                 | i8 | money    | cash at the end
gross_cac            | f8 | money    | marketing over new customers
gross_cac_first_quarter | f8 | money | the same over the first 90 days
paid_cac             | f8 | money    | ads over customers won by ads
net_cac              | f8 | money    | marketing over the growth of active customers
price_per_mille      | f8 | money    | ads over thousands of impressions
customer_value       | f8 | money    | gross margin over new customers
retention_month_1    | f8 | 0..1     | customers who bought again in the month after their first
retention_month_3    | f8 | 0..1     | ... three months after
retention_month_6    | f8 | 0..1     | ... six months after
lifetime_value       | f8 | money    | margin of a customer in 90 days, observed
projected_value      | f8 | money    | margin of a customer in 36 months, extrapolated
customer_payback     | f8 | months   | until a customer's margin covered the gross CAC
roi                  | f8 | ratio    | gross margin over marketing, less 1
payback_days         | i8 | days     | days until margin covered marketing and running costs
ctr                  | f8 | 0..1     | clicks over impressions
cvr                  | f8 | 0..1     | paid orders over clicks
repurchase           | f8 | 0..1     | repeat orders over orders
shop_share           | f8 | 0..1     | orders in own shops over orders
owned_share          | f8 | 0..1     | orders by community, content, word of mouth and direct
traffic_dependence   | f8 | 0..1     | orders by ads and media over orders
readers              | i8 | people   | searchers who read a piece of content
cost_per_reader      | f8 | money    | content over readers
orders_content       | i8 | orders   | orders by content
orders_media         | i8 | orders   | orders by mass media
orders_store         | i8 | orders   | orders in stores
wom_share            | f8 | 0..1     | new customers by word of mouth over new customers
bought_who_follow    | f8 | 0..1     | won by ads, and followed, over won by ads
bought_who_join      | f8 | 0..1     | won by ads, and joined a group, over won by ads
bought_who_return    | f8 | 0..1     | won by ads, and came back by an owned touch, over won by ads
followers            | i8 | people   | followers at the end
members              | i8 | people   | group members at the end
spend_rewards        | i8 | money    | rewards for referrals, and pay for messages
invitations          | i8 | people   | friends whom customers asked to buy
referred             | i8 | people   | new customers who had been asked
referral_coefficient | f8 | people   | brought by each customer of the first half of the run
referred_loyalty     | f8 | ratio    | repeat orders a day of the referred over those of others
teams_opened         | i8 | teams    | teams opened
teams_completed      | i8 | teams    | teams that had enough people
teams_failed         | i8 | teams    | teams that had not in time
teams_orders         | i8 | orders   | orders of complete teams
team_discount        | i8 | money    | posted price less team price, of all orders of teams
team_completion      | f8 | 0..1     | completed over completed and failed
joiners_per_team     | f8 | people   | friends who joined, over teams opened
""")


def run_row(found: RunFolder) -> dict[str, Any]:
    """Return the row of a run; what the files do not say is None."""
    manifest, summary = found.manifest, found.summary
    about, market = _part(summary, "run"), _part(summary, "market")
    cascades = _part(summary, "cascades")
    return {
        **_part(summary, "comparison"),
        **market,
        **manifest,
        "run": found.run,
        "folder": str(found.path),
        "headline": summary.get("headline"),
        "merchants": about.get("merchants"),
        "currency": about.get("currency"),
        "version": _part(manifest, "versions").get("flowtribe"),
        "cascades": cascades.get("count"),
        "cascade_mean": cascades.get("mean_size"),
        "cascade_max": cascades.get("max_size"),
        "viral_coefficient": cascades.get("viral_coefficient"),
        **{
            f"reproduction_{name}": value for name, value in _part(cascades, "reproduction").items()
        },
        "structural_virality": cascades.get("structural_virality"),
        "singletons": cascades.get("singletons"),
        "beyond_one_step": cascades.get("beyond_one_step"),
    }


def camp_rows(found: RunFolder) -> list[dict[str, Any]]:
    """Return the rows of a run's camps, in the order of the scenario."""
    camps = found.summary.get("camps")
    return [_camp_row(found, camp) for camp in camps] if isinstance(camps, list) else []


def _camp_row(found: RunFolder, camp: Mapping[str, Any]) -> dict[str, Any]:
    spread = {f"profit_{k}": v for k, v in _part(camp, "profit_per_merchant").items()}
    spent = {f"spend_{kind}": value for kind, value in _part(camp, "spend").items()}
    teams = {f"teams_{kind}": value for kind, value in _part(camp, "teams").items()}
    return {
        **camp,
        **spread,
        **spent,
        **teams,
        "camp": camp.get("name"),
        "run": found.run,
        "name": found.manifest.get("name"),
        "seed": found.manifest.get("seed"),
    }


def fitting(column: Column, value: Any) -> Any:
    """Return a value as its column's kind has it, or None if it cannot be one."""
    try:
        if value is None or column.kind == "text":
            return None if value is None else str(value)
        return int(value) if column.kind == "i8" else float(value)
    except (TypeError, ValueError):
        return None


def _part(whole: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}
