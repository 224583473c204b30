"""The log on standard error, as text or JSON, and an observer that writes engine events to it."""

from __future__ import annotations

import logging
import sys

import structlog

from stream.core.sentence.visible_text import visible
from stream.runtime.events import (
    Assigned,
    ClientWarning,
    EngineEvent,
    NotDelivered,
    PositionMoved,
    Restored,
    Revoked,
)
from stream.runtime.watched import Cause

_SEVERAL_LINES = ("exception", "stack")
_MOVES = {
    Cause.REPLACED: "the topic was deleted and made again: read from its first record, users keep their state; "
    "`records` were lost unread, as far as known",
    Cause.RETENTION: "records were deleted before this worker read them: `records` are lost",
    Cause.TRUNCATED: "the log ends before records that were read: `records` are in the state and no longer in the log",
}


def configure_log(log_format: str, level: str) -> None:
    """Set up this process's log: `human` or `json` lines from `level` on; of libraries, from warnings on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    steps: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    if log_format == "json":
        last: structlog.typing.Processor = structlog.processors.JSONRenderer()
    else:
        steps.append(escaped)
        last = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[*steps, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=steps))
    logging.getLogger("librdkafka").setLevel(max(number, logging.WARNING))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def escaped(_: object, __: str, line: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Return a line whose texts cannot move, hide or colour the rest of a terminal: others wrote some of them."""
    return {
        name: visible(value) if isinstance(value, str) and name not in _SEVERAL_LINES else value
        for name, value in line.items()
    }


def log_event(event: EngineEvent) -> None:
    """Write an engine event to the log; idle and delivered turns are not logged."""
    log = structlog.get_logger()
    match event:
        case Assigned(role, partitions):
            log.info("partitions assigned", role=role, partitions=partitions)
        case Restored(role, partition):
            log.info("partition restored", role=role, partition=partition)
        case Revoked(role, partitions):
            log.info("partitions revoked", role=role, partitions=partitions)
        case NotDelivered(role, reason):
            log.warning("turn not delivered, its records come again", role=role, reason=reason)
        case ClientWarning(role, message):
            log.warning("kafka", role=role, message=message)
        case PositionMoved(role, topic, partition, before, move):
            log.error(
                _MOVES[move.cause],
                role=role,
                topic=topic,
                partition=partition,
                next_offset=before,
                continues_at=move.offset,
                records=move.n_records,
            )
