"""A description with every field set, and the descriptions of a word model."""

from __future__ import annotations

from stream.core.description import Description, Phrase

MILK = Description(
    name="milk",
    phrases=(Phrase("milk", 0.75), Phrase("牛奶", 0.5)),
    texts=("fresh milk",),
    behaviour=("weekends", "large amounts"),
    n_users=12,
    share=1 / 3,
    cohesion=0.25,
    features=(("recency", -1.5), ("share_view", 0.5)),
    trend=-0.1,
    rare=True,
    edited=True,
    effective_size=9.5,
    typical=("ann", "李娜"),
    boundary=("bob",),
)
DESCRIPTIONS = (MILK, Description('bread, "rolls"'), Description("shoes", cohesion=0.5))
