"""The end of the process when a call of the client does not return.

librdkafka's `send_offsets_to_transaction` ignores its timeout while it waits for the coordinator of the group. After
the coordinator moved it may wait for ever (confluentinc/librdkafka, issues 5456 and 5511). Nothing in the process can
end the call. The next process has a new client, and the broker aborts the transaction.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

import structlog

log = structlog.get_logger()


@contextmanager
def end_process_after(seconds: float, call: str) -> Iterator[None]:
    """End this process with code 1 if the body of the `with` statement takes longer than `seconds`."""
    timer = Timer(seconds, _end, [seconds, call])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end(seconds: float, call: str) -> None:
    log.critical(
        "the Kafka client hangs, and this process ends: start it again, as a supervisor does, and it goes on",
        call=call,
        s=seconds,
    )
    os._exit(1)
