"""Requests to the trainer as verbs of `segue models`: promote, drop, rollback, refit, renew."""

from __future__ import annotations

from typing import Any

import click

from stream.cli.decision import MINUTE_MS, decision_sentence
from stream.cli.options import SettingOption, settings_options
from stream.cli.trainer_requests import command_id, timeout_option, told_to_wait
from stream.core.sentence.visible_text import visible
from stream.kafka.connection import Connection
from stream.kafka.trainer_client import ModelCommand, decision_on
from stream.settings import build_group
from stream.training.values.commands import (
    N_SEGMENTS_MAX,
    RAMP_MS_MAX,
    SEED_MAX,
    VERSION_MAX,
    Drop,
    Promote,
    Refit,
    Renew,
    Rollback,
)

VERSION = click.IntRange(1, VERSION_MAX)

_OVER_MAX = RAMP_MS_MAX / MINUTE_MS


def _ramp(_: click.Context, __: click.Parameter, minutes: float | None) -> float | None:
    if minutes is not None and not 0 <= minutes <= _OVER_MAX:  # click's own range accepts NaN
        raise click.BadParameter(f"{minutes:g} is not in the range 0 to {_OVER_MAX:.0f} minutes.")
    return minutes


@click.command()
@click.argument("version", type=VERSION)
@click.option(
    "--over",
    cls=SettingOption,
    type=float,
    callback=_ramp,
    metavar="MINUTES",
    help="Time over which users switch to the model, one by one; 0: at once. Default: the trainer's SEGUE_RAMP_MS.",
)
@timeout_option
@settings_options(Connection)
def promote(version: int, over: float | None, timeout: float, **values: Any) -> None:
    """Let the model of VERSION serve, at any number of users moved: a held, shadow or previous one.

    Example:

    \b
        segue models promote 4 --over 60
    """
    ramp_ms = None if over is None else round(over * MINUTE_MS)
    _ask(Promote(command_id(), version, ramp_ms), timeout, values)


@click.command()
@click.argument("version", type=VERSION)
@timeout_option
@settings_options(Connection)
def drop(version: int, timeout: float, **values: Any) -> None:
    """Drop the model of VERSION, a held or shadow one; the serving model stays.

    A later review may propose the same changes again, under a new version. To keep the segments as they are, set
    SEGUE_ADAPT=false.
    """
    _ask(Drop(command_id(), version), timeout, values)


@click.command()
@timeout_option
@settings_options(Connection)
def rollback(timeout: float, **values: Any) -> None:
    """Let the previous model serve again, at once.

    Pauses automatic promotion until `segue models promote`.
    """
    _ask(Rollback(command_id()), timeout, values)


@click.command()
@click.option(
    "--n-segments",
    "wanted",
    cls=SettingOption,
    type=click.IntRange(0, N_SEGMENTS_MAX),
    default=0,
    help="Number of segments; 0: the trainer's SEGUE_N_SEGMENTS.",
)
@click.option(
    "--seed", "start", cls=SettingOption, type=click.IntRange(0, SEED_MAX), default=0, help="Seed of the fit."
)
@timeout_option
@settings_options(Connection)
def refit(wanted: int, start: int, timeout: float, **values: Any) -> None:
    """Fit the segments again, on the users in the trainer's sample.

    Segments with the same users keep the same ids. Like every new model, this one runs in shadow first. It may serve if
    few enough users move.
    """
    _ask(Refit(command_id(), wanted, start), timeout, values)


@click.command()
@timeout_option
@settings_options(Connection)
def renew(timeout: float, **values: Any) -> None:
    """Begin a new generation: fit scales and segments anew, on the users in the trainer's sample.

    For segments that began badly, such as a warm-up on test traffic. The new model serves at once, without a shadow and
    at any number of users moved. Segments with the same users keep their ids; earlier models can not serve again.
    """
    _ask(Renew(command_id()), timeout, values)


def _ask(command: ModelCommand, timeout: float, values: dict[str, Any]) -> None:
    connection = build_group(Connection, values)
    with told_to_wait(timeout):
        decision = decision_on(connection, command, timeout)
    click.echo(visible(decision_sentence(decision)))
