"""The campaigns of The Complete Journey: to whom each was sent, what it offered, and who redeemed it.

A campaign's coupons name products, so a campaign has texts. The shop chose the recipients; a method is judged by its
order of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from heapq import merge
from typing import Any

import msgspec

from apps.marketing import REDEEMED, SENT
from apps.methods.campaigns import Campaign
from export.presets.completejourney import table
from stream.core.event import Event
from stream.files.complete_journey import purchases
from stream.files.product_texts import in_words

COUPON = "coupon"  # kind of a purchase with a coupon of any sort
FIRST = "2017-02-01"  # earlier campaigns find no purchases to learn from

Message = tuple[bytes, bytes]

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode


@dataclass(frozen=True)
class Sending:
    """A campaign with the households it was sent to, by number in order, and the time of each first redemption.

    `n_sent` counts households beyond those of a small measurement too.
    """

    campaign: Campaign
    start_ms: int
    households: tuple[int, ...]
    redeemed_ms: dict[int, int]
    n_sent: int


def sendings(before: str, households: Collection[int] | None = None) -> list[Sending]:
    """Return the campaigns in `[FIRST, before)` by start, as far as they were sent to these households, or to all."""
    sent, redemptions = table("campaigns", None), _first_redemptions()
    n_sent = sent.campaign_id.value_counts()
    if households is not None:
        sent, redemptions = (each[each.household_id.isin(households)] for each in (sent, redemptions))
    dates = table("campaign_descriptions", None).set_index("campaign_id").start_date.sort_values(kind="stable")
    starts = dates[(dates >= FIRST) & (dates < before)].astype("datetime64[ms]").astype("int64")
    texts = _texts()
    return [
        Sending(
            Campaign(id=str(number), texts=tuple(texts[number])),
            int(start_ms),
            tuple(sorted(sent[sent.campaign_id == number].household_id.tolist())),
            {row.household_id: _ms(row.time) for row in redemptions[redemptions.campaign_id == number].itertuples()},
            int(n_sent[number]),
        )
        for number, start_ms in starts.items()
    ]


def recipients() -> list[int]:
    """Return the households that any campaign was sent to, those with the most redemptions first."""
    n_redeemed = table("coupon_redemptions", None).household_id.value_counts()
    households = sorted(set(table("campaigns", None).household_id.tolist()))
    return sorted(households, key=lambda household: (-int(n_redeemed.get(household, 0)), household))


def events(start_ms: int, end_ms: int, households: Collection[int] | None) -> Iterator[Message]:
    """Return what a shop would send: purchases, those with a coupon as kind COUPON, and campaigns sent and redeemed."""
    with_coupon = _bought_with_coupon()
    bought = (_of_kind(message, with_coupon) for message in purchases(start_ms, end_ms, households))
    told = (each for each in _campaign_events(households) if each.time_ms < end_ms)
    timed = merge(
        ((each["timestamp"], 0, each) for each in bought),
        ((each.time_ms, 1, _flat(each)) for each in told),
        key=lambda each: each[:2],
    )
    for _, _, each in timed:
        yield each["user_id"].encode(), _encode(each)


def event_of(message: Message) -> Event:
    """Return the event that a message holds."""
    flat = _decode(message[1])
    return Event(
        flat["user_id"], flat["id"], flat["kind"], flat["timestamp"], flat.get("text", ""), flat.get("amount", 0.0)
    )


def _campaign_events(households: Collection[int] | None) -> list[Event]:
    """Return when a campaign was sent to a household, and when it was first redeemed, in time order."""
    starts = table("campaign_descriptions", None).set_index("campaign_id").start_date
    sent = table("campaigns", None).assign(time=lambda each: each.campaign_id.map(starts), kind=SENT)
    made = [
        Event(str(row.household_id), f"{row.kind}-{row.campaign_id}", f"{row.kind}_{row.campaign_id}", _ms(row.time))
        for each in (sent, _first_redemptions().assign(kind=REDEEMED))
        for row in each.itertuples()
        if households is None or row.household_id in households
    ]
    return sorted(made, key=lambda event: (event.time_ms, event.user, event.kind))


def _first_redemptions() -> Any:
    rows = table("coupon_redemptions", None).sort_values("redemption_date", kind="stable")
    rows = rows.drop_duplicates(["household_id", "campaign_id"])
    return rows.rename(columns={"redemption_date": "time"})


def _of_kind(message: Message, with_coupon: Collection[str]) -> dict[str, Any]:
    flat = _decode(message[1])
    return flat | {"kind": COUPON} if flat["id"] in with_coupon else flat


def _flat(event: Event) -> dict[str, Any]:
    return {"user_id": event.user, "id": event.id, "kind": event.kind, "timestamp": event.time_ms}


def _bought_with_coupon() -> set[str]:
    """Return the ids of the purchases for which a coupon was handed in."""
    rows = table("transactions", ["basket_id", "product_id", "coupon_disc", "coupon_match_disc"])
    rows = rows[(rows.coupon_disc > 0) | (rows.coupon_match_disc > 0)]
    return {f"{basket}-{product}" for basket, product in zip(rows.basket_id, rows.product_id, strict=True)}


def _texts() -> dict[int, list[str]]:
    """Return the texts of the products of each campaign's coupons, one for each product."""
    named = table("products", ["product_id", "product_category", "product_type"]).dropna()
    text_of = {product: in_words(*words) for product, *words in named.itertuples(index=False)}
    offered = table("coupons", ["campaign_id", "product_id"]).drop_duplicates()
    offered = offered.assign(text=offered.product_id.map(text_of)).dropna().sort_values(["campaign_id", "product_id"])
    return {int(number): texts.tolist() for number, texts in offered.groupby("campaign_id").text}


def _ms(time: Any) -> int:
    return int(time.value) // 1_000_000
