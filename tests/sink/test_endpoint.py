"""An endpoint over real HTTP: what each answer means, and what is never sent."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from threading import Event

import pytest

from stream.sink.endpoint import Answer, Endpoint, Meaning
from tests.sink.receiver import OK, Receiver, Reply, receiving

BODY = b'{"batch": []}'


def answer(*replies: Reply) -> tuple[Answer, Receiver]:
    """The last answer of an endpoint that replies so."""
    with receiving(*replies) as receiver, closing(Endpoint(receiver.url, {"Authorization": "Bearer x"}, 5)) as endpoint:
        for _ in replies:
            last = endpoint.send("k1", BODY)
    return last, receiver


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, Meaning.ACKNOWLEDGED),
        (202, Meaning.ACKNOWLEDGED),
        (204, Meaning.ACKNOWLEDGED),
        (207, Meaning.REFUSED),
        (302, Meaning.REFUSED),
        (400, Meaning.REFUSED),
        (401, Meaning.REFUSED),
        (404, Meaning.REFUSED),
        (408, Meaning.LATER),
        (413, Meaning.REFUSED),
        (425, Meaning.LATER),
        (429, Meaning.LATER),
        (500, Meaning.LATER),
        (503, Meaning.LATER),
    ],
)
def test_each_status_has_a_meaning(status: int, meaning: Meaning) -> None:
    assert Answer(status).meaning is meaning
    assert Answer(status).is_about_content is (status in (400, 413, 422))


def test_a_request_has_the_key_the_headers_and_the_bytes() -> None:
    found, receiver = answer(Reply(202, body=b"thank you"))
    assert (found.status, found.body) == (202, "thank you")
    assert receiver.bodies == [BODY]
    wanted = {"idempotency-key": "k1", "authorization": "Bearer x", "content-type": "application/json"}
    assert wanted.items() <= receiver.headers[0].items()


def test_a_redirect_is_not_followed() -> None:
    with receiving() as other:
        found, receiver = answer(Reply(307, {"Location": other.url}))
        assert (found.status, receiver.n_requests(), other.n_requests()) == (307, 1, 0)


def test_an_endpoint_that_hangs_up_stalls_or_is_not_there_has_not_answered() -> None:
    assert answer(Reply(0))[0].meaning is Meaning.LATER
    stalled = Event()
    with receiving(Reply(until=stalled)) as receiver, closing(Endpoint(receiver.url, {}, 0.2)) as endpoint:
        found = endpoint.send("k1", BODY)
        assert (found.status, found.body.split(":")[0]) == (0, "ReadTimeout")
        stalled.set()
    with closing(Endpoint(receiver.url, {}, 5)) as endpoint:  # the port is closed
        assert endpoint.send("k1", BODY).body.startswith("ConnectError")


def test_the_wait_is_a_number_or_a_date() -> None:
    assert answer(Reply(429, {"Retry-After": "7"}))[0].wait_s == 7
    at = datetime.now(UTC) + timedelta(hours=1)
    assert 3_000 < answer(Reply(503, {"Retry-After": format_datetime(at, usegmt=True)}))[0].wait_s <= 3_600
    for odd in ("", "soon", "-5", "Wed, 21 Oct 2015 07:28:00 GMT", "9" * 400):
        assert 0 <= answer(Reply(429, {"Retry-After": odd}))[0].wait_s < 1e10


def test_a_long_or_odd_body_is_cut_and_readable() -> None:
    assert len(answer(Reply(400, body=b"x" * 100_000))[0].body) == 2_048
    assert answer(Reply(400, {"Content-Type": "text/plain; charset=no-such"}, b"\xff"))[0].status == 400
    assert answer(Reply(200, {"Content-Encoding": "gzip"}, b"no gzip"))[0].status == 200


def test_a_connection_is_used_again_after_a_failure() -> None:
    found, receiver = answer(Reply(500), Reply(0), OK)
    assert (found.meaning, receiver.n_requests()) == (Meaning.ACKNOWLEDGED, 3)
