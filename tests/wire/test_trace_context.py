"""Trace contexts in headers, beside OpenTelemetry's own reader of the W3C format."""

from __future__ import annotations

import pytest

from stream.wire.records import Headers
from stream.wire.trace_context import continued, read_traceparent, trace_headers

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
VALID = f"00-{TRACE}-{SPAN}-01"


def read_by_opentelemetry(value: bytes) -> str:
    """The context that OpenTelemetry's propagator finds, as version 00; "" for none."""
    pytest.importorskip("opentelemetry.sdk", reason="needs the extra `otel`")
    from opentelemetry.trace import get_current_span
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    carrier = {"traceparent": value.decode("latin-1")}
    found = get_current_span(TraceContextTextMapPropagator().extract(carrier)).get_span_context()
    return f"00-{found.trace_id:032x}-{found.span_id:016x}-{found.trace_flags:02x}" if found.is_valid else ""


@pytest.mark.parametrize(
    "value",
    [
        VALID.encode(),
        f"00-{TRACE}-{SPAN}-00".encode(),
        f"cc-{TRACE}-{SPAN}-01-what-the-future-will-be-like".encode(),
        f"cc-{TRACE}-{SPAN}-01.what".encode(),
        f"00-{TRACE}-{SPAN}-01-more".encode(),
        f"ff-{TRACE}-{SPAN}-01".encode(),
        f"00-{'0' * 32}-{SPAN}-01".encode(),
        f"00-{TRACE}-{'0' * 16}-01".encode(),
        f"00-{TRACE[:-1]}-{SPAN}-01".encode(),
        f"00-{TRACE[:-1]}g-{SPAN}-01".encode(),
        f"00-{TRACE}-{SPAN}-x1".encode(),
        f"00-{TRACE}-{SPAN}".encode(),
        b"",
        b"\xff\xfe",
    ],
)
def test_a_context_is_read_as_opentelemetry_reads_it(value: bytes) -> None:
    assert read_traceparent([("traceparent", value)]) == read_by_opentelemetry(value)


@pytest.mark.parametrize("value", [VALID.upper(), VALID + "\n", " " + VALID, VALID.replace("a", "\u0661")])
def test_what_the_specification_forbids_is_no_context(value: str) -> None:
    assert read_traceparent([("traceparent", value.encode())]) == ""


def test_flags_without_a_meaning_are_left_out() -> None:
    assert read_traceparent([("traceparent", f"00-{TRACE}-{SPAN}-ff".encode())]) == f"00-{TRACE}-{SPAN}-03"


@pytest.mark.parametrize(
    "headers",
    [
        [("content-type", b"x"), ("traceparent", VALID.encode())],
        [("ce_traceparent", VALID.encode())],
        [("traceparent", VALID.encode()), ("ce_traceparent", VALID.replace("b7", "c8").encode())],
        [("traceparent", VALID.replace("b7", "c8").encode()), ("traceparent", VALID.encode())],
        [("traceparent", VALID.encode()), ("traceparent", b"broken")],
        [("traceparent", b"broken"), ("ce_traceparent", VALID.encode())],
    ],
)
def test_of_several_headers_the_clients_own_and_the_last_one_counts(headers: Headers) -> None:
    assert read_traceparent(headers) == VALID


@pytest.mark.parametrize("headers", [[], [("Traceparent", VALID.encode())], [("tracestate", b"a=1")]])
def test_no_header_is_no_context(headers: Headers) -> None:
    assert read_traceparent(headers) == ""


def test_a_change_sent_again_has_the_same_context_and_no_other_change_has_it() -> None:
    contexts = [continued(VALID, "c-1"), continued(VALID, "c-2"), continued(VALID.replace("b7", "c8"), "c-1")]
    assert continued(VALID, "c-1") == contexts[0]
    assert len(set(contexts)) == 3


@pytest.mark.parametrize("flags", ["00", "01", "03"])
def test_a_continued_context_is_a_valid_one_of_the_same_trace(flags: str) -> None:
    context = continued(f"00-{TRACE}-{SPAN}-{flags}", "c-1")
    assert read_traceparent(trace_headers(context)) == context
    assert (context[:36], context[-3:]) == (f"00-{TRACE}-", f"-{flags}")
    assert SPAN not in context
