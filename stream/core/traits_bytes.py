"""Declared traits as the bytes that a user's block and the changelog hold: one msgpack map."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from stream.core.event import Scalar

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(dict[str, Scalar]).decode


def traits_bytes_of(traits: Mapping[str, Scalar]) -> bytes:
    """Return traits as bytes; none are b""."""
    return _encode(dict(traits)) if traits else b""


def read_traits(data: bytes) -> dict[str, Scalar]:
    """Return the traits in bytes."""
    return _decode(data) if data else {}
