"""Records as a broker would give them, each by hand, and a log that numbers them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from stream.core.output import Profile, Sample
from stream.core.policy import DAY_MS
from stream.kafka.reader import Read
from stream.store.policy import StorePolicy
from stream.store.store import Store, open_store
from stream.store.writer import DEFAULT_POLICY, StoreWriter
from stream.wire.profiles import profile_message
from stream.wire.records import Headers
from stream.wire.samples import SAMPLE_KEY, sample_message
from stream.wire.topics import PROFILE_SAMPLE, SEGMENT_CHANGES, SEGMENTS, USER_PROFILES, USER_SEGMENTS
from stream.wire.user_tables import MOVED_HEADER

T0 = 1_767_225_600_000  # 2026-01-01 00:00 UTC, the beginning of a day
HOUR = 3_600_000
DAY = DAY_MS


def change(
    user: str = "ann",
    sequence: int = 1,
    origin: str = "pending",
    target: str = "s-0001",
    time_ms: int = T0,
    items: dict[str, float] | None = None,
    features: dict[str, float] | None = None,
    rule: str = "entered",
    margin: float = 0.1,
) -> dict[str, Any]:
    """A value of `segment-changes` with the fields that a store reads, and a summary."""
    return {
        "user": user,
        "sequence": sequence,
        "summary": f"moved to {target}",
        "from": {"id": origin, "name": origin},
        "to": {"id": target, "name": target},
        "rule": rule,
        "hysteresis": {"margin_required": margin, "dwell_required_ms": 60_000, "dwell_ms": 0},
        "evidence": {
            "items": [{"text": text, "contribution": part} for text, part in (items or {}).items()],
            "features": [{"name": name, "words": name, "contribution": p} for name, p in (features or {}).items()],
        },
        "decision_time_ms": time_ms,
    }


def membership(
    user: str = "ann", segment: str = "s-0001", since_ms: int = T0, sequence: int = 1, weight: float = 0.5
) -> dict[str, Any]:
    """A value of `user-segments` with the fields that a store reads, and traits."""
    return {
        "user": user,
        "segment": {"id": segment, "name": segment},
        "since_ms": since_ms,
        "sequence": sequence,
        "traits": {"country": "NL"},
        "soft_membership": [{"id": segment, "name": segment, "weight": weight}],
    }


def catalogue_entry(segment: str = "s-0001", name: str = "Runners", retired: bool = False) -> dict[str, Any]:
    """A value of `segments`."""
    empty = ("phrases", "texts", "behaviour", "features", "typical", "boundary")
    figures = {"n_users": 10, "share": 0.1, "trend": 0.0, "cohesion": 1.0, "effective_size": 10.0}
    described = {"name": name, "edited": False, "rare": False} | figures | {each: [] for each in empty}
    return {"id": segment, "segment_model": 1, "description": described, "retired": retired}


def sampled(user: str = "ann", time_ms: int = T0, x: float = 0.0, texts: tuple[str, ...] = ("milk",)) -> bytes:
    """A value of `profile-sample` with two features and two dimensions."""
    explicit, semantic = np.array([x, 0.0]), np.array([1.0, 0.0], np.float32)
    sample = Sample(user, time_ms, explicit, semantic, 3.0, np.zeros(2, np.float32), texts, "e1", "s-0001")
    return sample_message(sample).value or b""


def published_profile(user: str = "ann", time_ms: int = T0, x: float = 0.0) -> bytes:
    """A value of `user-profiles` with two features and two dimensions."""
    explicit, semantic = {"x": x, "y": 0.0}, np.array([1.0, 0.0], np.float32)
    return profile_message(Profile(user, time_ms, 3, 3.0, explicit, semantic, "s-0001", 1, "e1")).value or b""


@dataclass
class Log:
    """A log of several topics: offsets count by partition, and each record is written a millisecond after the last."""

    reads: list[Read] = field(default_factory=list)
    written_ms: int = 1_000
    ends: Counter[tuple[str, int]] = field(default_factory=Counter)

    def add(
        self,
        topic: str,
        key: str | bytes | None,
        value: Any,
        partition: int = 0,
        headers: Headers | None = None,
        written_ms: int | None = None,
    ) -> Read:
        """Append a record; a value that is not bytes is encoded as JSON."""
        self.written_ms = self.written_ms + 1 if written_ms is None else written_ms
        encoded = value if isinstance(value, bytes) or value is None else msgspec.json.encode(value)
        named = key.encode() if isinstance(key, str) else key
        at = self.ends[topic, partition]
        self.ends[topic, partition] += 1
        self.reads.append(Read(topic, partition, at, self.written_ms, named, encoded, headers or []))
        return self.reads[-1]

    def change(self, partition: int = 0, written_ms: int | None = None, **fields: Any) -> Read:
        """Append a change."""
        value = change(**fields)
        return self.add(SEGMENT_CHANGES, value["user"], value, partition, written_ms=written_ms)

    def member(self, partition: int = 0, written_ms: int | None = None, **fields: Any) -> Read:
        """Append a user's segment."""
        value = membership(**fields)
        return self.add(USER_SEGMENTS, value["user"], value, partition, written_ms=written_ms)

    def erase(self, user: str = "ann", partition: int = 0, written_ms: int | None = None) -> Read:
        """Append the tombstone of an erased user."""
        return self.add(USER_SEGMENTS, user, None, partition, written_ms=written_ms)

    def moved(self, user: str, partition: int, to: int) -> Read:
        """Append the tombstone of a user who is in another partition now."""
        return self.add(USER_SEGMENTS, user, None, partition, [(MOVED_HEADER, str(to).encode())])

    def sample(self, **fields: Any) -> Read:
        """Append a sample."""
        return self.add(PROFILE_SAMPLE, SAMPLE_KEY, sampled(**fields))

    def profile(self, partition: int = 0, user: str = "ann", **fields: Any) -> Read:
        """Append a published profile."""
        return self.add(USER_PROFILES, user, published_profile(user, **fields), partition)

    def profile_gone(self, user: str, partition: int = 0, to: int | None = None) -> Read:
        """Append the tombstone of a profile: erased, or moved to another partition."""
        headers = [] if to is None else [(MOVED_HEADER, str(to).encode())]
        return self.add(USER_PROFILES, user, None, partition, headers)

    def entry(self, **fields: Any) -> Read:
        """Append a record of the catalogue."""
        value = catalogue_entry(**fields)
        return self.add(SEGMENTS, value["id"], value)


def stored(path: Path, log: Log, policy: StorePolicy = DEFAULT_POLICY) -> Store:
    """Write a log into a store, and open it."""
    writer = StoreWriter(path / "store.db", policy)
    writer.apply(log.reads)
    writer.close()
    return open_store(path / "store.db")
