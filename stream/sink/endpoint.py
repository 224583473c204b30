"""An HTTP endpoint: one request at a time, and what its answer means for the batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus
from time import monotonic

import httpx

_ANSWER_BYTES = 2_048  # of a body that are kept
_READ_S = 30.0  # longest time to read an answer that comes in drops
_ASK_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_ABOUT_CONTENT = frozenset(
    {HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
)


class Meaning(StrEnum):
    """A meaning of an answer."""

    ACKNOWLEDGED = "acknowledged"
    LATER = "later"  # the same request may succeed
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. `status` 0: there was none, and `body` says why. `wait_s` is the Retry-After, 0 without."""

    status: int
    body: str = ""
    wait_s: float = 0.0

    @property
    def meaning(self) -> Meaning:
        """Meaning for the sender."""
        if 200 <= self.status < 300 and self.status != HTTPStatus.MULTI_STATUS:
            return Meaning.ACKNOWLEDGED
        if self.status == 0 or self.status >= 500 or self.status in _ASK_LATER:
            return Meaning.LATER
        return Meaning.REFUSED

    @property
    def is_about_content(self) -> bool:
        """True if a part of the batch may be accepted."""
        return self.status in _ABOUT_CONTENT


class Endpoint:
    """A client of one address. Redirects are not followed: users' ids go to the address that was given, only."""

    def __init__(self, url: str, headers: Mapping[str, str], timeout_s: float) -> None:
        self._url = url
        self._client = httpx.Client(
            headers={"User-Agent": "segue-sink", **headers, "Content-Type": "application/json"},
            timeout=timeout_s,
            follow_redirects=False,
        )

    def send(self, key: str, body: bytes) -> Answer:
        """Post a batch under an idempotency key, and return the answer."""
        try:
            with self._client.stream("POST", self._url, content=body, headers={"Idempotency-Key": key}) as response:
                read = _read(response)
                text = read.decode(response.charset_encoding or "utf-8", "replace")
                return Answer(response.status_code, text, _wait_s(response.headers.get("retry-after", "")))
        except (LookupError, httpx.DecodingError):  # a charset or an encoding that nobody knows
            return Answer(response.status_code)
        except httpx.TransportError as error:
            return Answer(0, f"{type(error).__name__}: {error}".rstrip(": "))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _read(response: httpx.Response) -> bytes:
    """Return the beginning of a body."""
    deadline_s, read = monotonic() + _READ_S, b""
    for chunk in response.iter_bytes():
        read += chunk
        if len(read) >= _ANSWER_BYTES or monotonic() > deadline_s:
            break
    return read[:_ANSWER_BYTES]


def _wait_s(retry_after: str) -> float:
    """Return the seconds of a Retry-After, which is a number or a date (RFC 9110); 0 if it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        at = parsedate_to_datetime(retry_after)
    except ValueError:
        return 0.0
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
