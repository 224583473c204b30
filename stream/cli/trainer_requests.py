"""Requests to the trainer: the id of a request, and the time to wait for the answer."""

from __future__ import annotations

from uuid import uuid4

import click

from stream.cli.options import SettingOption

timeout_option = click.option(
    "--timeout",
    cls=SettingOption,
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    help="Time to wait for the trainer's answer, s.",
)


def command_id() -> str:
    """Return a new id of a request, which the answer repeats."""
    return uuid4().hex
