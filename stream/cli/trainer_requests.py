"""What the verbs that ask the trainer have in common: how long they wait, and how they say no."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

import click

from stream.cli.options import SettingOption
from stream.kafka.admin import TopicsError
from stream.kafka.trainer_client import NoAnswerError, RefusedError

Answer = TypeVar("Answer")

timeout_option = click.option(
    "--timeout",
    cls=SettingOption,
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    help="How long to wait for the trainer's answer, s.",
)


def command_id() -> str:
    """A new id, so that the answer can be told from those to others."""
    return uuid4().hex


def answered(ask: Callable[[], Answer]) -> Answer:
    """The answer; a refusal, no answer, or no Kafka ends the verb with a sentence and exit code 1."""
    try:
        return ask()
    except RefusedError as error:
        raise click.ClickException(f"refused: {error}") from error
    except (NoAnswerError, TopicsError) as error:
        raise click.ClickException(str(error)) from error
