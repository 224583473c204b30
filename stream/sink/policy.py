"""Settings of an audience sink: who may leave, how fast, and in which form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from stream.core.decision.conditions import Condition
from stream.core.setting import check_settings, require, setting

_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+:[ \t]*[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")  # RFC 9110, visible
_OWN = frozenset({"content-type", "content-length", "host", "idempotency-key", "transfer-encoding"})


class Format(StrEnum):
    """A form of a batch."""

    SEGMENT = "segment"
    SEGUE = "segue"


@dataclass(frozen=True, slots=True)
class SinkPolicy:
    """Rules of an audience sink. Raises SettingError on construction when a value is out of bounds."""

    sink_format: Format = setting(
        Format.SEGMENT, "Form of a batch: track calls as Segment sends them, or Segue's own names."
    )
    sink_consent: tuple[Condition, ...] = setting(
        (),
        "Traits that a user must have declared to be sent, `trait=value`, comma-separated; all of them must hold.",
        parse=Condition.parse,
    )
    sink_min_audience: int = setting(0, "Fewest members of an audience before anyone is told to enter it.", ge=0)
    sink_ttl_ms: int = setting(
        0, "Time after a user's newest record after which the user leaves an audience, ms; 0: never.", ge=0
    )
    sink_batch: int = setting(100, "Most entries and exits of one request.", ge=1, le=1_000)
    sink_rate: float = setting(10.0, "Most requests a second.", gt=0, le=10_000)
    sink_timeout_s: float = setting(10.0, "Time without an answer after which a request is tried again, s.", gt=0)
    sink_attempts: int = setting(8, "Attempts in a row for one batch, before others have their turn.", ge=1)
    sink_backoff_s: float = setting(
        1.0, "Longest wait before the first retry, s; it doubles with each, and is drawn at random below.", gt=0
    )
    sink_backoff_max_s: float = setting(120.0, "Longest wait before any retry, s; Retry-After may ask for more.", gt=0)
    sink_headers: tuple[str, ...] = setting(
        (), "Headers of every request, `Name: value`, comma-separated, such as Authorization.", secret=True
    )
    sink_allow_http: bool = setting(False, "Allow http:// to another machine, which sends users' ids unencrypted.")
    sink_http_host: str = setting("127.0.0.1", "Address of the sink's /metrics, /healthz and /readyz.")
    sink_http_port: int = setting(
        9465, "Port of the sink's /metrics, /healthz and /readyz; 0 takes a free one.", ge=0, le=65_535
    )

    def __post_init__(self) -> None:
        check_settings(self)
        expected = "`Name: value`, comma-separated, in ASCII, and none that the sink itself sends"
        wrong = [each for each in self.sink_headers if not _HEADER.fullmatch(each) or _name(each) in _OWN]
        require(not wrong, "sink_headers", expected, "***")

    def headers(self) -> dict[str, str]:
        """Return the headers of every request by name."""
        parted = (each.partition(":") for each in self.sink_headers)
        return {name: value.strip() for name, _, value in parted}


def _name(header: str) -> str:
    return header.partition(":")[0].lower()
