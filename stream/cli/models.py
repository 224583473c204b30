"""`segue models`: list, compare and save segment models, and choose the one that serves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from stream.cli.decision import MINUTE_MS, decision_sentence
from stream.cli.model_comparison import ModelComparison, comparison_text
from stream.cli.model_history import History, model_table, paused_note, read_history
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
    if minutes is not None and not 0 <= minutes <= _OVER_MAX:  # click's own range accepts NaN
        raise click.BadParameter(f"{minutes:g} is not in the range 0 to {_OVER_MAX:.0f} minutes.")
    return minutes


@click.group()
def models() -> None:
    """List, compare and save segment models, and choose the one that serves.

    The trainer makes models, and promotes one by itself if the model moves few enough users. A model that would move
    more is held until `segue models promote` or `segue models drop`. Only the trainer changes models. The verbs send it
    a request and wait for the answer. They end with exit code 1 if the trainer refuses or does not answer.
    """


@models.command("list")
@click.option(
    "--json", "as_json", cls=SettingOption, is_flag=True, help="Print JSON instead of a table, one model a line."
)
@settings_options(Connection)
def list_models(as_json: bool, **values: Any) -> None:
    """Print the models that are kept, the newest last.

    Status:

    \b
        serving      decides now
        previous     served before, and can serve again
        rolled back  served until a rollback
        shadow       runs beside the serving model, on new samples
        held         may serve only after `segue models promote`
        dropped      will not serve
        unreadable   is damaged

    J is the mean squared distance of users to the centroid of their segment. `moved` is the share of sampled users that
    leave their segment with this model, `kept` the share that stay. A line below the table says if automatic promotion
    is paused since a rollback.
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
    if note := paused_note(rows):
        click.echo(f"\n{note}")


@models.command()
@click.argument("before", type=_VERSION)
@click.argument("after", type=_VERSION)
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print one JSON object instead of text.")
@settings_options(Connection)
def diff(before: int, after: int, as_json: bool, **values: Any) -> None:
    """Compare the models of versions BEFORE and AFTER, segment by segment.

    Shows segments that are born, retired and kept, with their users. `drift` is the way of a kept centroid; 1 is the
    distance at which users become unknown. Below are the users that AFTER moves between segments, as the trainer
    estimated last. The step is the one from BEFORE if it was estimated, else from the model that served then.

    Example:

    \b
        segue models diff 3 4
    """
    history = _history(values)
    segments = differences(_model(history, before), _model(history, after))
    comparison = ModelComparison(before, after, segments, history.decision_on_step(before, after))
    click.echo(msgspec.json.encode(comparison) if as_json else comparison_text(comparison))


@models.command()
@click.argument("version", type=_VERSION)
@click.option(
    "--save",
    cls=SettingOption,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the document to.",
)
@settings_options(Connection)
def show(version: int, save: Path | None, **values: Any) -> None:
    """Print the document of a model, or write it to a file that SEGUE_SEGMENT_MODEL takes.

    Example:

    \b
        segue models show 4 --save model.json
    """
    document = dump_segment_model(_model(_history(values), version))
    if save is None:
        click.echo(document)
        return
    try:
        save.write_bytes(document)
    except OSError as error:
        raise click.ClickException(f"cannot write {save}: {error.strerror}") from error


@models.command()
@click.argument("version", type=_VERSION)
@click.option(
    "--over",
    cls=SettingOption,
    type=float,
    callback=_ramp,
    metavar="MINUTES",
    help="Time over which users pass to it, a few at a time; 0: at once. Default: the trainer's SEGUE_RAMP_MS.",
)
@timeout_option
@settings_options(Connection)
def promote(version: int, over: float | None, timeout: float, **values: Any) -> None:
    """Let the model of VERSION serve, however many users it moves: a held, shadow or previous one.

    Example:

    \b
        segue models promote 4 --over 60
    """
    ramp_ms = None if over is None else round(over * MINUTE_MS)
    _ask(Promote(command_id(), version, ramp_ms), timeout, values)


@models.command()
@click.argument("version", type=_VERSION)
@timeout_option
@settings_options(Connection)
def drop(version: int, timeout: float, **values: Any) -> None:
    """Drop the model of VERSION, a held or shadow one; the serving model stays.

    A later review may propose the same changes again, under a new version. To keep the segments as they are, set
    SEGUE_ADAPT=false.
    """
    _ask(Drop(command_id(), version), timeout, values)


@models.command()
@timeout_option
@settings_options(Connection)
def rollback(timeout: float, **values: Any) -> None:
    """Let the model that served before serve again, at once.

    Pauses automatic promotion until `segue models promote`.
    """
    _ask(Rollback(command_id()), timeout, values)


@models.command()
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

    Segments with the same users keep their ids. Like every new model, this one runs in shadow first, and then serves if
    it moves few enough users.
    """
    _ask(Refit(command_id(), wanted, start), timeout, values)


def _ask(command: ModelCommand, timeout: float, values: dict[str, Any]) -> None:
    connection = build_group(Connection, values)
    click.echo(decision_sentence(decision_on(connection, command, timeout)))


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
