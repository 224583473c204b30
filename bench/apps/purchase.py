"""A purchase of The Complete Journey, as on `user-events`."""

from __future__ import annotations

import msgspec


class Purchase(msgspec.Struct, frozen=True):
    """A flat event of `user-events`."""

    user_id: str
    id: str
    kind: str
    timestamp: int
    text: str
    amount: float


read_purchase = msgspec.json.Decoder(Purchase).decode
