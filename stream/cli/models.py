"""`segue models`: which segment models there are, what is different between them, and which of them serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from stream.cli.decision import MINUTE_MS, verdict_sentence
from stream.cli.model_comparison import ModelComparison, comparison_text
from stream.cli.model_history import History, frozen_note, model_table, read_history
from stream.cli.options import SettingOption, settings_options
from stream.cli.trainer_requests import command_id, timeout_option
from stream.core.model_difference import differences
from stream.core.segment_model import SegmentModel
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
    Rollback,
)
from stream.wire.segment_models import dump_segment_model

_VERSION = click.IntRange(1, VERSION_MAX)
_OVER_MAX = RAMP_MS_MAX / MINUTE_MS


def _ramp(_: click.Context, __: click.Parameter, minutes: float | None) -> float | None:
    if minutes is not None and not 0 <= minutes <= _OVER_MAX:  # NaN is not either, which click's own range lets pass
        raise click.BadParameter(f"{minutes:g} is not in the range 0 to {_OVER_MAX:.0f} minutes.")
    return minutes


@click.group()
def models() -> None:
    """List, compare and save segment models, and say which of them serves.

    The trainer makes models and lets one serve when it moves few enough people; one that would move more is held, and
    waits for `segue models promote` or `segue models drop`. It alone changes anything: the verbs that ask it for
    something wait for its answer and end with exit code 1 when it refuses or is not there.
    """


@models.command("list")
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="JSON instead of a table, one model a line.")
@settings_options(Connection)
def list_models(as_json: bool, **values: Any) -> None:
    """Print the models that are kept, the newest last.

    Status: `serving`; `former` served before and can serve again; `rolled back` did until somebody went back;
    `shadow` is tried on the people that are seen; `held` may not serve by itself; `dropped` was given up; `unreadable`
    is damaged. J is the mean squared distance of people to their segment's centre. Of the people looked at, `moved` is
    the share that leaves its segment with this model, `kept` the share that stays. A line below the table says so if
    nothing is promoted by itself since a rollback.
    """
    rows = _history(values).rows()
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(row))
        return
    if not rows:
        click.echo("no segment model yet: the first comes after SEGUE_WARM_UP_SAMPLES samples")
        return
    click.echo(model_table(rows))
    if note := frozen_note(rows):
        click.echo(f"\n{note}")


@models.command()
@click.argument("before", type=_VERSION)
@click.argument("after", type=_VERSION)
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="One JSON object instead of text.")
@settings_options(Connection)
def diff(before: int, after: int, as_json: bool, **values: Any) -> None:
    """Print what is different in the model of version AFTER from that of version BEFORE.

    Segments that are born, retired and kept, with their sizes; how far the centre of a kept one went, where 1 is as
    far as people may be from it before they are unknown; and from which segment to which AFTER moves people, as the
    trainer saw it last: against BEFORE if it looked at just this step, else against the model that served then.
    """
    history = _history(values)
    segments = differences(_model(history, before), _model(history, after))
    comparison = ModelComparison(before, after, segments, history.verdict_on_step(before, after))
    click.echo(msgspec.json.encode(comparison) if as_json else comparison_text(comparison))


@models.command()
@click.argument("version", type=_VERSION)
@click.option(
    "--save",
    cls=SettingOption,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write instead.",
)
@settings_options(Connection)
def show(version: int, save: Path | None, **values: Any) -> None:
    """Print the document of a model, or write it to a file that SEGUE_SEGMENT_MODEL takes."""
    document = dump_segment_model(_model(_history(values), version))
    if save is None:
        click.echo(document)
        return
    try:
        save.write_bytes(document)
    except OSError as error:
        raise click.ClickException(f"can not write {save}: {error.strerror}") from error


@models.command()
@click.argument("version", type=_VERSION)
@click.option(
    "--over",
    cls=SettingOption,
    type=float,
    callback=_ramp,
    metavar="MINUTES",
    help="Time over which people pass to it, a few at a time; 0: at once. Not given: as the trainer's settings say.",
)
@timeout_option
@settings_options(Connection)
def promote(version: int, over: float | None, timeout: float, **values: Any) -> None:
    """Let the model of VERSION serve, whatever it moves: one that is held or in shadow, or a former one."""
    ramp_ms = None if over is None else round(over * MINUTE_MS)
    _ask(Promote(command_id(), version, ramp_ms), timeout, values)


@models.command()
@click.argument("version", type=_VERSION)
@timeout_option
@settings_options(Connection)
def drop(version: int, timeout: float, **values: Any) -> None:
    """Give up the model of VERSION, one that is held or in shadow.

    What serves goes on. What the trainer sees in the people at a later review it proposes again, under a new version:
    to keep the segments as they are, set SEGUE_ADAPT=false.
    """
    _ask(Drop(command_id(), version), timeout, values)


@models.command()
@timeout_option
@settings_options(Connection)
def rollback(timeout: float, **values: Any) -> None:
    """Let the model that served before serve again, at once.

    From then on no model comes to serve by itself, until one is promoted by hand.
    """
    _ask(Rollback(command_id()), timeout, values)


@models.command()
@click.option(
    "--n-segments",
    "wanted",
    cls=SettingOption,
    type=click.IntRange(0, N_SEGMENTS_MAX),
    default=0,
    help="How many segments; 0: as the trainer's settings say.",
)
@click.option(
    "--seed", "start", cls=SettingOption, type=click.IntRange(0, SEED_MAX), default=0, help="Seed of the fit."
)
@timeout_option
@settings_options(Connection)
def refit(wanted: int, start: int, timeout: float, **values: Any) -> None:
    """Fit segments anew on the people that the trainer remembers.

    Segments that hold the same people keep their ids. The new model goes the way of all others: it runs in shadow, and
    then serves if it moves few enough people.
    """
    _ask(Refit(command_id(), wanted, start), timeout, values)


def _ask(command: ModelCommand, timeout: float, values: dict[str, Any]) -> None:
    connection = build_group(Connection, values)
    click.echo(verdict_sentence(decision_on(connection, command, timeout)))


def _history(values: dict[str, Any]) -> History:
    return read_history(build_group(Connection, values))


def _model(history: History, version: int) -> SegmentModel:
    published = history.published
    if version in published.refused:
        raise click.ClickException(f"model {version} can not be used: {published.refused[version]}")
    if version not in published.models:
        kept = ", ".join(map(str, sorted(published.models))) or "none"
        raise click.ClickException(f"no segment model of version {version} is kept; there are: {kept}")
    return published.models[version]
