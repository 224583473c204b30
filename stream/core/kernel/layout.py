"""The values that Python and the kernel share, field by field as in `kernel.h`. Addresses are plain integers."""

from __future__ import annotations

from ctypes import (
    CFUNCTYPE,
    POINTER,
    Structure,
    c_double,
    c_float,
    c_int16,
    c_int32,
    c_int64,
    c_uint8,
    c_uint16,
    c_uint32,
    c_uint64,
)

Address = c_uint64
Bucket = CFUNCTYPE(c_double, POINTER(c_uint8), c_int64)
N_COUNTS = 9
NONE = -1
NEW_TEXT = 0x80000000


class Flag:
    """Bits of what an output holds."""

    CHANGE, MEMBERSHIP, PROFILE, SAMPLE, EVALUATED, FORGOTTEN, REFUSED, AHEAD = (1 << bit for bit in range(8))


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
    """The head of a user's block."""

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
    """The head of a text or a kind; its vector and bytes follow."""

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


class RulesBlock(Structure):
    """Rules of window, profile and decision."""

    _fields_ = (
        ("window_ms", c_int64),
        ("half_life_ms", c_int64),
        ("dwell_ms", c_int64),
        ("max_ahead_ms", c_int64),
        ("sample_every_ms", c_int64),
        ("margin", c_double),
        ("window_items", c_int32),
        ("min_items", c_int32),
        ("dimension", c_int32),
        ("n_kinds", c_int32),
        ("is_wall", c_int32),
        ("profiles", c_int32),
        ("needs_consent", c_int32),
        ("n_symbols", c_int32),
        ("n_pins", c_int32),
        ("into_margin", Address),
        ("out_margin", Address),
        ("into_dwell", Address),
        ("out_dwell", Address),
        ("pin_segments", Address),
        ("pin_conditions", Address),
    )


class ModelBlock(Structure):
    """A segment model."""

    _fields_ = (
        ("n_segments", c_int32),
        ("version", c_int32),
        ("ids", Address),
        ("columns", Address),
        ("centroids", Address),
        ("centre", Address),
        ("thresholds", Address),
        ("explicit_mean", Address),
        ("explicit_scale", Address),
        ("semantic_mean", Address),
        ("explicit_factor", c_double),
        ("semantic_factor", c_double),
        ("semantic_scale", c_double),
        ("semantic_prior", c_double),
    )


class HeadBlock(Structure):
    """A label head."""

    _fields_ = (("name", c_int32), ("n_values", c_int32), ("values", Address), ("threshold", c_double))


class DecidingBlock(Structure):
    """The models that decide, and the label heads."""

    _fields_ = (
        ("model", Address),
        ("previous", Address),
        ("since_ms", c_int64),
        ("ramp_ms", c_int64),
        ("bucket", Bucket),
        ("n_heads", c_int32),
        ("n_values", c_int32),
        ("heads", Address),
        ("weight", Address),
        ("bias", Address),
    )


class BatchBlock(Structure):
    """Records of one partition as columns."""

    _fields_ = (
        ("n", c_int64),
        ("until_ms", c_int64),
        ("offset", c_int64),
        ("now_ms", c_int64),
        ("ops", Address),
        ("offsets", Address),
        ("arrivals_ms", Address),
        ("times_ms", Address),
        ("amounts", Address),
        ("text_of", Address),
        ("kind_of", Address),
        ("users", Strings),
        ("ids", Strings),
        ("traces", Strings),
        ("texts", Strings),
        ("kinds", Strings),
        ("vectors", Address),
        ("scales", Address),
        ("codes", Address),
        ("declared_of", Address),
        ("traits", Strings),
        ("pins", Address),
        ("consents", Address),
        ("is_new", Address),
        ("n_again", c_int64),
        ("again", Address),
        ("again_text", Address),
        ("n_evaluated", c_int64),
        ("evaluated", Address),
        ("observe", c_int32),
    )


class OutputBlock(Structure):
    """An output of a step."""

    _fields_ = (
        *((name, c_int64) for name in ("record", "now_ms", "ahead_ms", "led_ms", "due_ms")),
        ("user", Address),
        ("name", Address),
        ("n_name", c_int64),
        *((name, c_int32) for name in ("flags", "rule", "model", "nearest", "runner_up", "from_segment")),
        ("candidate_before", c_int32),
        ("pinned_before", c_int32),
        ("since_before_ms", c_int64),
        ("candidate_since_before_ms", c_int64),
        ("mass", c_double),
        ("semantic_share", c_double),
        *((name, Address) for name in ("explicit", "shares", "item_shares", "probabilities")),
        *((name, Address) for name in ("semantic", "scaled", "distances", "move", "contrast")),
        ("predicted", Address),
        ("texts", Address),
        ("n_texts", c_int64),
    )


class StepBlock(Structure):
    """The part of a step that Python reads."""

    _fields_ = (
        ("n_outputs", c_int64),
        ("now_ms", c_int64),
        ("newest_late_ms", c_int64),
        ("n_entries", c_int64),
        ("counts", c_int64 * N_COUNTS),
        ("outputs", Address),
    )


class UsersBlock(Structure):
    """Users to set, as columns; their items one after another."""

    _fields_ = (
        ("n", c_int64),
        ("heads", Address),
        *((name, Strings) for name in ("names", "traces", "traits", "ids", "texts", "kinds")),
        *((name, Address) for name in ("item_ends", "label_ends", "times_ms", "amounts", "text_of", "kind_of")),
        *((name, Address) for name in ("slots", "vectors", "scales", "stale", "codes", "labels")),
    )
