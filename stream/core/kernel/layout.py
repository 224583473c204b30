"""Users as Python and the kernel share them, field by field as in `kernel.h`. Addresses are plain integers."""

from __future__ import annotations

from ctypes import Structure, c_double, c_float, c_int16, c_int32, c_int64, c_uint8, c_uint16, c_uint32, c_uint64

Address = c_uint64
NONE = -1
NEW_TEXT = 0x80000000
PADDED = 16  # dimensions: vectors are filled up to a multiple
CONSENTS, STALE = 1, 2  # flags of a user: consent is given; texts are to be encoded again


class ItemBlock(Structure):
    """An item of a window."""

    _fields_ = (
        ("time_ms", c_int64),
        ("amount", c_double),
        ("text", c_uint32),
        ("kind", c_uint32),
        ("id_end", c_uint32),
        ("slot", c_uint32),
    )


class LabelBlock(Structure):
    """A published label; values are symbols."""

    _fields_ = (
        ("name", c_int32),
        ("value", c_int32),
        ("pending", c_int32),
        ("unused", c_int32),
        ("since_ms", c_int64),
    )


class UserBlock(Structure):
    """Head of a user's block."""

    _fields_ = (
        ("hash", c_uint64),
        ("since_ms", c_int64),
        ("candidate_since_ms", c_int64),
        ("sampled_ms", c_int64),
        ("offset", c_int64),
        ("expiry_ms", c_int64),
        ("sequence", c_int64),
        ("n_events", c_int64),
        ("segment", c_int32),
        ("candidate", c_int32),
        ("pinned_by", c_int32),
        ("pin", c_int16),
        ("n_name", c_uint16),
        ("n_ids", c_uint32),
        ("n_traits", c_uint32),
        ("n_trace", c_uint16),
        ("n_items", c_uint8),
        ("n_labels", c_uint8),
        ("flags", c_uint8),
        ("unused", c_uint8 * 3),
    )


class TextBlock(Structure):
    """Head of a text or a kind; its vector and bytes follow."""

    _fields_ = (
        ("tag", c_uint32),
        ("n_references", c_uint32),
        ("n_bytes", c_uint32),
        ("scale", c_float),
        ("code", c_uint8),
        ("stale", c_uint8),
    )


class Strings(Structure):
    """Strings one after another, and the end of each."""

    _fields_ = (("n", c_int64), ("bytes", Address), ("ends", Address))


class UsersBlock(Structure):
    """Users to set, as columns; their items one after another."""

    _fields_ = (
        ("n", c_int64),
        ("heads", Address),
        *((name, Strings) for name in ("names", "traces", "traits", "ids", "texts", "kinds")),
        *((name, Address) for name in ("item_ends", "label_ends", "times_ms", "amounts", "text_of", "kind_of")),
        *((name, Address) for name in ("slots", "vectors", "scales", "stale", "codes", "labels")),
    )
