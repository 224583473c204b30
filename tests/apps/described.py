"""Records on `segments`."""

from __future__ import annotations

from stream.wire.catalogue import CatalogueEntry
from stream.wire.descriptions import SegmentDescription


def described(segment: str, name: str, *, retired: bool = False) -> CatalogueEntry:
    """Return the record of a segment with this name."""
    description = SegmentDescription(
        name, edited=False, phrases=(), texts=(), behaviour=(), n_users=10, share=0.5, trend=0.0, rare=False,
        cohesion=1.0, effective_size=10.0, features=(), typical=(), boundary=(),
    )  # fmt: skip
    return CatalogueEntry(segment, 1, description, retired)
