"""Requests to the trainer: the id of a request, and the time to wait for the answer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from uuid import uuid4

import click

from stream.cli.options import SettingOption

_PATIENCE_S = 3.0

timeout_option = click.option(
    "--timeout",
    cls=SettingOption,
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    help="Time to wait for the trainer's answer, s.",
)


@contextmanager
def told_to_wait(timeout_s: float) -> Iterator[None]:
    """Tell on standard error that no answer is there yet, if there is none within some seconds."""
    sentence = f"no trainer has answered yet; waiting for at most {timeout_s:g} s (--timeout). Does a worker run?"
    timer = Timer(_PATIENCE_S, click.echo, (sentence,), {"err": True})
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def command_id() -> str:
    """Return a new id of a request, which the answer repeats."""
    return uuid4().hex
