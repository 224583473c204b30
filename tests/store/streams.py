"""A stream as Segue writes it, step by step."""

from __future__ import annotations

from collections import defaultdict

from stream.wire.topics import USER_PROFILES, USER_SEGMENTS
from tests.store.builders import T0, Log

USERS = ("ann", "bob", "eve\x00́")


class Stream:
    """A stream as Segue writes it: users who change segments, move to other partitions, are erased, and return."""

    def __init__(self) -> None:
        self.log, self.sequence, self.home = Log(), defaultdict[str, int](int), dict.fromkeys(USERS, 0)

    def move(self, user: str, target: str, text: str) -> None:
        """The next change of a user."""
        self.sequence[user] += 1
        at, where, time_ms = self.sequence[user], self.home[user], T0 + self.log.written_ms
        self.log.change(
            where, user=user, sequence=at, target=target, time_ms=time_ms, items={text: 0.25}, rule="margin_and_dwell"
        )
        self.log.member(where, user=user, sequence=at, segment=target, since_ms=time_ms)
        self.log.profile(where, user=user, time_ms=time_ms, x=float(at))

    def again(self, user: str, target: str, text: str) -> None:
        """The last records of a user once more, as at-least-once delivery may do."""
        last = [each for each in self.log.reads if each.key == user.encode() and each.value][-3:]
        for each in last if self.sequence[user] else []:
            self.log.add(each.topic, each.key, each.value, each.partition)

    def erase(self, user: str, target: str, text: str) -> None:
        """The erasure of a user."""
        self.sequence[user] = 0
        self.log.erase(user, self.home[user])
        self.log.profile_gone(user, self.home[user])

    def grow(self, user: str, target: str, text: str) -> None:
        """The move of a user to the other partition."""
        before, self.home[user] = self.home[user], 1 - self.home[user]
        if not self.sequence[user]:
            return
        for topic in (USER_SEGMENTS, USER_PROFILES):
            found = [e for e in self.log.reads if (e.topic, e.partition, e.key) == (topic, before, user.encode())]
            self.log.add(topic, user, found[-1].value, self.home[user])
        self.log.moved(user, before, self.home[user])
        self.log.profile_gone(user, before, self.home[user])
