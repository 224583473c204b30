"""A step as Python and the kernel share it: rules, models, records, outputs; field by field as in `kernel.h`."""

from __future__ import annotations

from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_double, c_int32, c_int64, c_uint8

from stream.core.kernel.layout import Address, Strings

Bucket = CFUNCTYPE(c_double, POINTER(c_uint8), c_int64)
N_COUNTS = 9


class Flag:
    """Bits of what an output holds."""

    CHANGE, MEMBERSHIP, PROFILE, SAMPLE, EVALUATED, FORGOTTEN, REFUSED, AHEAD = (1 << bit for bit in range(8))


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
    """Models that decide, and label heads."""

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
        ("encoder", c_char_p),
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
        *((name, Address) for name in ("semantic", "scaled", "distances", "move")),
        ("predicted", Address),
        ("sample_at", c_int64),
        ("n_sample", c_int64),
    )


class StepBlock(Structure):
    """Part of a step that Python reads."""

    _fields_ = (
        ("n_outputs", c_int64),
        ("now_ms", c_int64),
        ("newest_late_ms", c_int64),
        ("n_entries", c_int64),
        ("counts", c_int64 * N_COUNTS),
        ("outputs", Address),
        ("samples", Address),
    )
