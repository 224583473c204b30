"""Trace contexts in headers: read from an event's record, and continued in the change that it leads to.

A `traceparent` is `00-<trace id>-<span id>-<flags>` in lower-case hexadecimal. Instrumented clients read and write the
header `traceparent`, CloudEvents libraries the attribute `ce_traceparent`; a change has both.

Sources: W3C Trace Context, https://www.w3.org/TR/trace-context/, and CloudEvents' distributed tracing extension.
"""

from __future__ import annotations

import re
from hashlib import sha256

from stream.wire.records import Headers

NAMES = ("traceparent", "ce_traceparent")  # in order of preference

_TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)
_KNOWN_FLAGS = 0b11  # sampled, random trace id; the others must be zero in version 00


def read_traceparent(headers: Headers) -> str:
    """Return the trace context of a record as version 00; "" without a valid one."""
    for name in NAMES:
        for header, value in reversed(headers):  # as Kafka's clients do, the last of several counts
            if header == name and (found := _valid(value)):
                return found
    return ""


def continued(traceparent: str, change_id: str) -> str:
    """Return the context of a change's span: a child of `traceparent`, the same whenever the change is sent again."""
    version, trace_id, _, flags = traceparent.split("-")
    span_id = sha256(f"{traceparent}:{change_id}".encode()).hexdigest()[:16]
    return f"{version}-{trace_id}-{span_id}-{flags}"


def trace_headers(traceparent: str) -> Headers:
    """Return the headers that carry a trace context."""
    return [(name, traceparent.encode()) for name in NAMES]


def _valid(value: bytes) -> str:
    """Return the context in `value` as version 00, "" if it is not valid; later versions begin alike."""
    match = _TRACEPARENT.fullmatch(value)
    if not match:
        return ""
    version, trace_id, span_id, flags, rest = match.groups()
    if version == b"ff" or (version == b"00" and rest) or not int(trace_id, 16) or not int(span_id, 16):
        return ""
    return f"00-{trace_id.decode()}-{span_id.decode()}-{int(flags, 16) & _KNOWN_FLAGS:02x}"
