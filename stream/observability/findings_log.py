"""Log lines about findings of the topic watch: one when a finding appears, and one when it is gone."""

from __future__ import annotations

import structlog

from stream.runtime.events import EngineEvent, Watched


class FindingsLog:
    """An observer that logs each finding once, however often the watch looks."""

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def __call__(self, event: EngineEvent) -> None:
        """Log what is new and what is gone."""
        if not isinstance(event, Watched):
            return
        log = structlog.get_logger()
        now = {(finding.kind.value, finding.topic): finding.words for finding in event.findings}
        for key in now.keys() - self._told:
            log.warning(now[key], finding=key[0])
        for kind, topic in self._told - now.keys():
            log.info("no longer so", finding=kind, **({"topic": topic} if topic else {}))
        self._told = set(now)
