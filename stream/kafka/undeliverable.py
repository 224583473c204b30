"""Records that a cluster refuses for good, told apart from a cluster that is away for a while.

Codes are of the Kafka protocol, the same for every client, https://kafka.apache.org/protocol#protocol_error_codes.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

TOO_LARGE = 10

REMEDIES: Mapping[int, str] = MappingProxyType(
    {
        3: "it does not exist: run `segue topics create`",
        -188: "it does not exist: run `segue topics create`",  # librdkafka's own
        TOO_LARGE: "raise its max.message.bytes (`kafka-configs --alter`)",
        17: "its name is not legal: choose another prefix (SEGUE_TOPIC_PREFIX)",
        29: "grant this user Write and Describe on the topic",
        30: "grant this user Read on the group",
        31: "grant this user IdempotentWrite on the cluster",
        32: "its bounds on timestamps refuse this worker's clock: set the clock, or message.timestamp.*.max.ms",
        43: "its message format is too old: set message.format.version to 2.0 or later",
        44: "a policy of the cluster refuses it: ask its operator",
        53: "grant this user Write and Describe on the transactional id",
        76: "its compression.type needs a newer cluster: set compression.type=producer",
        87: "its configuration refuses the record: compare it with docs/operations.md (a compacted topic needs keys)",
    }
)  # any other code is of the cluster's state, and a retry may succeed


class UndeliverableError(RuntimeError):
    """A record, or the offsets of a group, that a cluster refuses at every attempt. A message names what to change."""

    def __init__(self, name: str, code: int, said: str, n_bytes: int | None = None) -> None:
        """Name a topic, group or transactional id. `code` is in REMEDIES, and `said` is the client's text."""
        self.code = code
        what = "" if n_bytes is None else f" a record of {n_bytes} bytes"
        super().__init__(f"{name} refuses{what} for good ({said}): {REMEDIES[code]}; then start the worker again")
