"""The columns of every table in a run folder, each with unit and meaning, written once.

Money columns are whole smallest units (fen, cent). ``results_sha256`` runs over these columns in
this order and nothing else, so a column is part of the results: adding one is a **Results change**.
"""

from __future__ import annotations

from typing import NamedTuple

SCHEMA_VERSION = 1


class Column(NamedTuple):
    """One column: name, numpy kind (``i8``, ``f8`` or ``text``), unit, meaning."""

    name: str
    kind: str
    unit: str
    meaning: str


def declared(text: str) -> tuple[Column, ...]:
    """Read the columns of a table, one a line: name | kind | unit | meaning."""
    rows = [line.split("|") for line in text.strip().splitlines()]
    return tuple(Column(*(part.strip() for part in row)) for row in rows)


MARKET = declared("""
day                  | i8 | day      | 0 is the first
needs                | i8 | needs    | needs that arose
visits               | i8 | visits   | visits on all platforms, browsing and searching
searches             | i8 | visits   | of these by people who search for what they need
impressions          | i8 | impressions | paid impressions on all platforms
clicks               | i8 | clicks   | paid clicks on all platforms
orders               | i8 | orders   | orders of all merchants
gmv                  | i8 | money    | gross merchandise value: price of all orders
refunds              | i8 | orders   | orders paid back: returned, or cancelled unsent
stockouts            | i8 | orders   | orders that failed for want of stock
active_merchants     | i8 | merchants | merchants in business at the end of the day
entries              | i8 | merchants | merchants who came
exits                | i8 | merchants | merchants who became insolvent
quits                | i8 | merchants | merchants who closed by schedule or because it did not pay
followers            | i8 | relations | followers of all merchants
members              | i8 | relations | group members of all merchants
messages             | i8 | messages | messages received from friends
cascades             | i8 | cascades | messages started
reach_max            | i8 | people   | people reached by the largest cascade, sender included
heard_first          | i8 | people   | heard it from the sender of a message
heard_second         | i8 | people   | heard it from one who heard it from the sender
heard_third          | i8 | people   | ... and from one of these
hhi                  | f8 | 0..1     | Herfindahl index of the merchants' orders of the last 30 days
gini                 | f8 | 0..1     | Gini coefficient of the same among merchants in business
tail_share           | f8 | 0..1     | share of them that the smaller half of these merchants has
platform_hhi         | f8 | 0..1     | Herfindahl index of the platforms' visits of the day
shop_share           | f8 | 0..1     | orders that went to own shops over all orders
owned_share          | f8 | 0..1     | orders by community, content, word of mouth, direct over all
fatigue              | f8 | fatigue  | mean ad fatigue, measured weekly on a sample
opt_outs             | i8 | people   | people who shut out all ads today, from tomorrow on
opted_out            | i8 | people   | people who will see no ad on any platform tomorrow
tribe_assortativity  | f8 | -1..1    | Newman's r of ties by tribe
acquaintances        | i8 | ties     | acquaintances made in groups, each end that keeps it
modularity           | f8 | -1..1    | modularity of tribes on the ties: ties inside beyond chance
taste_assortativity  | f8 | -1..1    | correlation of friends' tastes, axes pooled, weekly
brand_assortativity  | f8 | -1..1    | Newman's r of ties by favourite merchant, weekly
brand_segregation    | f8 | 0..1     | Theil's H of favourite merchants over tribes, weekly
taste_within         | f8 | taste units^2 | mean taste variance inside tribes per axis, weekly
taste_between        | f8 | taste units^2 | variance of tribe means per axis, weekly
paid_by_consumers    | i8 | money    | cumulative: what consumers paid, less refunds and rewards
capital              | i8 | money    | cumulative: opening cash of all merchants who came
merchants_cash       | i8 | money    | cash of all merchants, the insolvent included
to_platforms         | i8 | money    | cumulative: ads and fees
to_suppliers         | i8 | money    | goods, overheads, service, logistics, interest, stores' cut
to_staff             | i8 | money    | cumulative: wages, integration and conversion
to_stores            | i8 | money    | cumulative: margins that stores keep, a part of to_suppliers
to_media             | i8 | money    | cumulative: media, shelves, content, leaders, messages
held_for_teams       | i8 | money    | paid for seats in teams that are not complete yet
""")

MERCHANTS = declared("""
day                  | i8 | day      | 0 is the first
merchant             | text | name   | `group.number`
camp                 | text | name   | name in the scenario's `merchants`
strategy             | text | name   | strategy kind
way                  | text | name   | camp whose way of doing business it follows
active               | i8 | 0 or 1   | in business at the end of the day
impressions          | i8 | impressions | paid impressions
clicks               | i8 | clicks   | paid clicks
orders               | i8 | orders   | orders taken
orders_paid          | i8 | orders   | by last touch: paid ad
orders_organic       | i8 | orders   | by last touch: unpaid result
orders_media         | i8 | orders   | by last touch: mass media
orders_community     | i8 | orders   | by last touch: post to followers or in a group
orders_word_of_mouth | i8 | orders   | by last touch: a friend's message
orders_content       | i8 | orders   | by last touch: content found by a searcher
orders_store         | i8 | orders   | by last touch: bought in a store
orders_group_buy     | i8 | orders   | by last touch: group buying
orders_direct        | i8 | orders   | no touch within the attribution window
shop_orders          | i8 | orders   | in the own shop, without a platform's fee
first_paid           | i8 | orders   | orders of new customers by first touch: paid ad
first_organic        | i8 | orders   | ... unpaid result
first_media          | i8 | orders   | ... mass media
first_content        | i8 | orders   | ... content
first_store          | i8 | orders   | ... store
first_community      | i8 | orders   | ... community
first_word_of_mouth  | i8 | orders   | ... word of mouth
first_group_buy      | i8 | orders   | ... group buying
first_direct         | i8 | orders   | ... none
new_customers        | i8 | people   | first orders ever with this merchant (as remembered)
active_customers     | i8 | people   | people who bought in the last 365 days, remembered or not
repeat_orders        | i8 | orders   | orders of people who had bought before
orders_promoted      | i8 | orders   | orders at a promotion's price or with a coupon
discounts            | i8 | money    | what promotions and coupons took off; not in revenue
refunds              | i8 | orders   | orders paid back: returned, or cancelled unsent
stockouts            | i8 | orders   | orders that failed for want of stock
delivered            | i8 | orders   | parcels that arrived
satisfaction         | f8 | -1..1    | mean satisfaction of today's deliveries; 0 if none
spend_ads            | i8 | money    | charged for ads
media_contacts       | i8 | contacts | contacts booked in mass media
pieces               | i8 | pieces   | pieces of content in circulation
readers              | i8 | people   | searchers who read a piece
content_shares       | i8 | messages | messages that readers started
presence             | f8 | 0..1     | share of stores that hold the product
spend_media          | i8 | money    | media, stores, opinion leaders, messages to old customers
spend_community      | i8 | money    | wages, integration and conversion
spend_content        | i8 | money    | pull content
spend_rewards        | i8 | money    | rewards and rebates for referrals, and pay for messages
revenue              | i8 | money    | price of orders less refunds
platform_fees        | i8 | money    | fees, rents, stores' margins, less subsidies and returns
cogs                 | i8 | money    | unit cost of goods that left, less goods that came back
purchases            | i8 | money    | paid to suppliers for stock
overhead             | i8 | money    | fixed cost; localisation, shipping abroad
service              | i8 | money    | service of delivered orders
logistics            | i8 | money    | overtime, express surcharges, cost of ordering and of returns
interest             | i8 | money    | on cash below 0
waiting              | i8 | orders   | orders that wait to be sent at the end of the day
cash                 | i8 | money    | cash at the end of the day
stock                | i8 | items    | stock at the end of the day
followers            | i8 | people   | followers, members included, everybody once
members              | i8 | people   | group members
muted                | i8 | people   | members who muted their group
leader_posts         | i8 | posts    | posts bought from opinion leaders
leader_seen          | i8 | people   | followers of leaders who saw them
reminders            | i8 | messages | messages to old customers (SMS, mail)
stage                | i8 | rung     | rung of one who climbs: 1 traffic to 4 socialisation; else 0
paid_followers       | i8 | people   | won by a paid ad (first touch), and began to follow today
paid_members         | i8 | people   | ... and joined a group today
paid_returned        | i8 | people   | ... and came back today for the first time by an owned touch
segregation          | f8 | 0..1     | dissimilarity of buyers and others over tribes, weekly
orders_abroad        | i8 | orders   | orders of people of other regions
localised            | f8 | 0..1     | share of cultural distance that localisation has taken away
persona              | f8 | 0..1     | appeal of the persona
invitations          | i8 | people   | friends whom customers asked to buy (referral)
referred             | i8 | people   | new customers who had been asked (referral)
repeat_referred      | i8 | orders   | repeat orders of such customers
""")

PLATFORMS = declared("""
day                  | i8 | day      | 0 is the first
platform             | text | name   | name in the scenario
visits               | i8 | visits   | browsing and searching
searches             | i8 | visits   | searching
visit_share          | f8 | 0..1     | visits over those of all platforms
merchants            | i8 | merchants | merchants who sell here and are open
impressions          | i8 | impressions | paid impressions
clicks               | i8 | clicks   | paid clicks
spend                | i8 | money    | charged for ads
price_per_click      | i8 | money    | spend over clicks, where they are billed over those that were
price_per_click_p10  | i8 | money    | tenth percentile over the same; if not billed, of means
price_per_click_p90  | i8 | money    | ninetieth percentile likewise
price_per_mille      | i8 | money    | spend per 1,000 impressions, rounded
overdelivery         | i8 | clicks   | what is billed, beyond a budget, and was not billed
fill_rate            | f8 | 0..1     | slots filled over slots offered
bidders              | i8 | merchants | merchants who bid with a budget
retargeted           | i8 | impressions | those of them in the slot for followers
ad_orders            | i8 | orders   | orders that ads brought, where orders are billed
active_merchants     | i8 | merchants | merchants with an impression or an order here
orders               | i8 | orders   | orders that paid a fee here
orders_search        | i8 | orders   | of these by people who searched for what they need
new_customers        | i8 | people   | whom a click here brought to their first order
fees                 | i8 | money    | fees and rents less fees given back and subsidies
subsidies            | i8 | money    | discounts and rebates paid when orders were taken
""")

MEDIA = declared("""
day                  | i8 | day      | 0 is the first; only days on which anybody booked
medium               | text | name   | name in the scenario's `media`
audience             | i8 | people   | people who used it
contacts             | i8 | contacts | contacts that all merchants together booked and got
reached              | i8 | people   | people who met at least one ad
grp                  | f8 | points   | gross rating points: contacts per 100 people of the world
spend                | i8 | money    | paid by all merchants
cost_per_mille       | i8 | money    | spend per 1,000 contacts, rounded
merchants            | i8 | merchants | merchants who booked
""")

COMMUNITIES = declared("""
day                  | i8 | day      | 0 is the first
merchant             | text | name   | `group.number`
groups               | i8 | groups   | groups with members
members              | i8 | people   | members
muted                | i8 | people   | members who muted
activity             | f8 | 0..1     | mean activity of groups by member
effort               | f8 | hours    | staff hours that each group feels a day
integration          | f8 | 0..1     | integration capability
attendance           | i8 | people   | members who looked in
posts                | i8 | posts    | selling posts, one for each group that got it
content_posts        | i8 | posts    | content posts, likewise
service_posts        | i8 | posts    | service posts, likewise
joins                | i8 | people   | members who came
leaves               | i8 | people   | members who left
talk                 | i8 | messages | messages that members started
trust                | f8 | -1..1    | mean trust of members this morning; 0 without members
advocates            | i8 | people   | members whom honour made speak for the merchant
fans_heard           | f8 | people   | fans whose taste is as good as heard today
taste_error          | f8 | taste units | from what was heard to the mean of all fans, weekly
product_moved        | f8 | taste units | how far listening has moved the product
""")

CASCADES = declared("""
day                  | i8 | day      | 0 is the first
cascade              | i8 | number   | of the message among those of the day that were kept, from 0
merchant             | text | name   | whom the message is about
sender               | i8 | person   | who started it, people numbered from 0
good                 | i8 | 0 or 1   | 1 for praise, 0 for a complaint
size                 | i8 | people   | people who received it, and the sender
depth                | i8 | generations | longest chain
width                | i8 | people   | most receivers in one generation
structural_virality  | f8 | ties     | mean path of all pairs (Goel et al. 2016); 0 for size 1
""")

TELLINGS = declared("""
day                  | i8 | day      | 0 is the first
cascade              | i8 | number   | of the message, as in the table `cascades`
place                | i8 | number   | in the order of hearing, from 1
sender               | i8 | person   | who told: the receiver's parent in the tree
receiver             | i8 | person   | who heard it, and from nobody before
""")

COHORTS = declared("""
day                  | i8 | day      | last day of the month, or of the run
merchant             | text | name   | `group.number`
camp                 | text | name   | name in the scenario's `merchants`
cohort               | i8 | month    | 30-day month of the first order, from 0
month                | i8 | month    | month that the row is about; never before `cohort`
days                 | i8 | days     | days of that month which were simulated
customers            | i8 | people   | people of the cohort
active               | i8 | people   | ... who ordered in that month
orders               | i8 | orders   | their orders in that month
margin               | i8 | money    | gross margin of these, less that of orders paid back
""")

TEAMS = declared("""
day                  | i8 | day      | 0 is the first
merchant             | text | name   | `group.number`
opened               | i8 | teams    | teams opened
invited              | i8 | people   | friends whom members asked to join
joined               | i8 | people   | people who joined a friend's team
strangers            | i8 | people   | people who joined a stranger's team
completed            | i8 | teams    | teams that had enough people
failed               | i8 | teams    | teams that had not in time, and were paid back
orders               | i8 | orders   | orders of complete teams
refunds              | i8 | people   | members of failed teams
discount             | i8 | money    | posted price less team price, of all orders of teams
waiting              | i8 | people   | members of open teams at the end of the day
""")

REFERRALS = declared("""
day                  | i8 | day      | of the first order of somebody who had been asked
merchant             | text | name   | `group.number`
since                | i8 | days     | since who asked had become a customer
generation           | i8 | steps    | 1: asked by somebody who had not been asked, 2: by such, ...
""")

TABLES: dict[str, tuple[Column, ...]] = {
    "market": MARKET,
    "merchants": MERCHANTS,
    "platforms": PLATFORMS,
    "media": MEDIA,
    "communities": COMMUNITIES,
    "cascades": CASCADES,
    "tellings": TELLINGS,
    "cohorts": COHORTS,
    "teams": TEAMS,
    "referrals": REFERRALS,
}
