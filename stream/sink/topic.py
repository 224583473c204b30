"""The topic `user-segments` into a ledger, across restarts of the brokers."""

from __future__ import annotations

from collections.abc import Callable
from time import time

import structlog
from confluent_kafka import KafkaException

from stream.kafka.broker_errors import sentence_of
from stream.kafka.connection import Connection
from stream.sink.ledger import Ledger
from stream.store.session import Progress, Session
from stream.wire.topics import USER_SEGMENTS

_TOPICS = (USER_SEGMENTS,)

log = structlog.get_logger()


class MembershipReader:
    """A reader of `user-segments` into a ledger, in the calling thread. Each `step` takes at most 0.1 s or so."""

    def __init__(self, connection: Connection, ledger: Ledger) -> None:
        self._connection, self._ledger = connection, ledger
        self._session: Session | None = None
        self._told = ""
        self.progress = Progress()

    def step(self, look: bool = False) -> Progress:
        """Read what is there; with `look`, ask first where the topic ends now. A lost connection is made again."""
        try:
            if self._ledger.read_anew_if_late(_now_ms()) and self._ledger.topic_id(USER_SEGMENTS):
                log.info("the members are read anew: tombstones may be gone that were not read")
                self.close()
            if self._session is None:
                self._session = Session(self._connection, self._ledger, _TOPICS)
                look = True
            self.progress = self._session.step(look)
            if self.is_complete(self.progress):
                self._ledger.note_complete(_now_ms())
        except KafkaException as exception:
            self.close()
            self.progress = Progress(unanswered=sentence_of(exception.args[0]))
        self._tell()
        return self.progress

    def catch_up(self, stop: Callable[[], bool]) -> bool:
        """Read every record that was committed before this call. Return False if `stop` says so first.

        Without brokers, or without the topic, it waits: nobody's consent is known then.
        """
        progress = self.step(look=True)
        while not self.is_complete(progress):
            if stop():
                return False
            progress = self.step()
        return True

    @staticmethod
    def is_complete(progress: Progress) -> bool:
        """Return True if nothing is left to be read, by the last look."""
        return not (progress.lag or progress.missing or progress.unanswered)

    def why_not(self) -> str:
        """Return why the members are not known; nothing while they are."""
        if self.progress.unanswered:
            return self.progress.unanswered
        return f"there is no {USER_SEGMENTS} yet: run `segue topics create`" if self.progress.missing else ""

    def close(self) -> None:
        """Disconnect."""
        if self._session is not None:
            self._session.close()
            self._session = None

    def _tell(self) -> None:
        if (why := self.why_not()) != self._told:
            if why:
                log.warning("nothing is sent", reason=why)
            else:
                log.info("the members are known again")
            self._told = why


def _now_ms() -> int:
    return int(time() * 1000)
