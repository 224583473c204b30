"""The namespace of one deployment on a shared Kafka cluster.

Code and contract use local names such as `user-events`. Every Kafka client qualifies them here, and nowhere else, so
several deployments can share a cluster.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PREFIX_CHARS_MAX = 100  # a topic name has at most 249, and the longest one adds the group and 18 more
_LEGAL = re.compile(r"[A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Namespace:
    """A prefix for topics, consumer groups and transactional ids.

    >>> Namespace("eu.").qualify("user-events")
    'eu.user-events'
    """

    prefix: str = ""

    def qualify(self, name: str) -> str:
        """Return the name on the cluster."""
        return self.prefix + name

    def localize(self, name: str) -> str:
        """Return the local name of a topic, group or transactional id of this deployment."""
        return name.removeprefix(self.prefix)


def is_legal(name: str, n_chars_max: int) -> bool:
    """Return True if a Kafka topic name may contain `name`: letters, digits, dot, underscore and hyphen."""
    return len(name) <= n_chars_max and _LEGAL.fullmatch(name) is not None
