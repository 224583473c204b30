"""`segue models`: list, compare and save segment models, and choose the serving one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import msgspec

from stream.cli.model_comparison import ModelComparison, comparison_text
from stream.cli.model_history import History, model_table, paused_note, read_history
from stream.cli.model_requests import VERSION, drop, promote, refit, renew, rollback
from stream.cli.no_segments import why_no_segments
from stream.cli.options import SettingOption, setting_option, settings_options
from stream.core.model_difference import differences
from stream.core.segment_model import SegmentModel
from stream.core.sentence.visible_text import visible
from stream.kafka.connection import Connection
from stream.settings import build_group
from stream.training.values.policy import TrainingPolicy
from stream.wire.segment_models import dump_segment_model


@click.group()
def models() -> None:
    """List, compare and save segment models, and choose the serving one.

    The trainer makes models, and promotes one by itself if the model moves few enough users. A model with more
    moves is held until `segue models promote` or `segue models drop`. Only the trainer changes models. The verbs send
    a request, wait for the answer, and end with exit code 1 if the trainer refuses or does not answer.
    """


@models.command("list")
@click.option(
    "--json", "as_json", cls=SettingOption, is_flag=True, help="Print JSON instead of a table, one model a line."
)
@setting_option(TrainingPolicy, "warm_up_samples")
@settings_options(Connection)
def list_models(as_json: bool, warm_up_samples: int, **values: Any) -> None:
    """Print the kept models, the newest last.

    Status:

    \b
        serving      decides now
        previous     served before, and can serve again
        rolled back  served until a rollback
        shadow       runs beside the serving model, on new samples
        held         may serve only after `segue models promote`
        dropped      will not serve
        unreadable   is damaged

    J is the mean squared distance of users to the nearest centroid. `moved` is the share of sampled users
    leaving a segment with this model, `kept` the share staying. A line below the table says if automatic promotion
    is paused since a rollback.
    """
    rows = _history(values).rows()
    if as_json:
        for row in rows:
            click.echo(msgspec.json.encode(row))
        return
    if not rows:
        click.echo(why_no_segments(build_group(Connection, values), warm_up_samples))
        return
    click.echo(model_table(rows))
    if note := paused_note(rows):
        click.echo(f"\n{note}")


@models.command()
@click.argument("before", type=VERSION)
@click.argument("after", type=VERSION)
@click.option("--json", "as_json", cls=SettingOption, is_flag=True, help="Print one JSON object instead of text.")
@settings_options(Connection)
def diff(before: int, after: int, as_json: bool, **values: Any) -> None:
    """Compare the models of versions BEFORE and AFTER, segment by segment.

    Shows born, retired and kept segments, with users. `drift` is the way of a kept centroid; 1 is the
    distance at which users become unknown. Below are the users moved between segments by AFTER, as
    estimated last. The estimate is from BEFORE if that step was estimated, else from the model serving then.

    Example:

    \b
        segue models diff 3 4
    """
    history = _history(values)
    segments = differences(_model(history, before), _model(history, after))
    comparison = ModelComparison(before, after, segments, history.decision_on_step(before, after))
    click.echo(msgspec.json.encode(comparison) if as_json else comparison_text(comparison))


@models.command()
@click.argument("version", type=VERSION)
@click.option(
    "--save",
    cls=SettingOption,
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write the document to.",
)
@settings_options(Connection)
def show(version: int, save: Path | None, **values: Any) -> None:
    """Print the document of a model, or write a file for SEGUE_SEGMENT_MODEL.

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


def _history(values: dict[str, Any]) -> History:
    return read_history(build_group(Connection, values))


def _model(history: History, version: int) -> SegmentModel:
    published = history.published
    if version in published.refused:
        raise click.ClickException(f"model {version} cannot be used: {visible(published.refused[version])}")
    if version not in published.models:
        kept = ", ".join(map(str, sorted(published.models))) or "none"
        raise click.ClickException(f"no segment model of version {version} is kept; there are: {kept}")
    return published.models[version]


for verb in (promote, drop, rollback, refit, renew):
    models.add_command(verb)
