"""The log on standard error, as text or JSON, and an observer that writes engine events to it."""

from __future__ import annotations

import logging
import sys

import structlog

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


def configure_log(log_format: str, level: str) -> None:
    """Set up this process's log: `human` or `json` lines from `level` on; of libraries, from warnings on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    steps: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.format_exc_info,
    ]
    last: structlog.typing.Processor = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    if log_format == "json":
        last = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*steps, last],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=last, foreign_pre_chain=steps))
    logging.getLogger("librdkafka").setLevel(max(number, logging.WARNING))
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


_MOVES = {
    Cause.REPLACED: "the topic was deleted and made again: read from its first record, users keep their state; "
    "`records` were lost unread, as far as known",
    Cause.RETENTION: "records were deleted before this worker read them: `records` are lost",
    Cause.TRUNCATED: "the log ends before records that were read: `records` are in the state and no longer in the log",
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
