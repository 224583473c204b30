"""`segue report`: everything about the segments as one HTML file."""

from __future__ import annotations

import sys
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click
from tqdm import tqdm

from stream.cli.options import SettingOption, setting_option, settings_options
from stream.cli.replay import check_writable
from stream.cli.report_store import store_to_report
from stream.kafka.connection import Connection
from stream.maps.landmark_file import landmark_path
from stream.runtime.options import EngineOptions
from stream.settings import build_group
from stream.training.values.policy import TrainingPolicy

if TYPE_CHECKING:
    from stream.report.report import Report

_FILE = click.Path(dir_okay=False, path_type=Path)
_POLICY = ("member_ids", "warn_unknown", "warn_flips", "warn_psi", "warn_drift")
_N_STAGES = 12  # profiles, four fits, silhouettes, four maps, segments, drawing


def _policy_options(command: Any) -> Any:
    for name in reversed(_POLICY):
        command = setting_option(TrainingPolicy, name)(command)
    return command


@click.command()
@click.option("--out", cls=SettingOption, type=_FILE, default=Path("report.html"), help="File for the report.")
@click.option("--store", cls=SettingOption, type=_FILE, help="Store to report on; empty: a temporary one.")
@click.option(
    "--as-is", cls=SettingOption, is_flag=True, help="Report on the store as it is: read no topics, ask no broker."
)
@click.option(
    "--layout", cls=SettingOption, type=_FILE, help="File that keeps the maps' layout; empty: beside the store."
)
@click.option(
    "--compare",
    cls=SettingOption,
    default="",
    help="A date or a model version, or two with .. between; empty: 30 days, or half of a shorter store.",
)
@click.option(
    "--points", cls=SettingOption, type=click.IntRange(10, 20_000), default=5_000, help="Most users on the maps."
)
@_policy_options
@setting_option(EngineOptions, "group")
@settings_options(Connection)
def report(
    out: Path, store: Path | None, as_is: bool, layout: Path | None, compare: str, points: int, **values: Any
) -> None:
    """Write everything about the segments into one HTML file: maps, every segment, flows, J, health, lineage.

    The file can be mailed: it has at most 5 MB and asks no other computer for anything. Without --store, or with the
    store of topics, the topics are read first. The store of `segue replay --store` needs no broker. The layout file
    keeps each user's place for the next report.

    Examples:

    \b
        segue report --out report.html
        segue replay demo --store demo.store > /dev/null && segue report --store demo.store
        segue report --store demo.store --compare 2017-06-01..2017-07-01
    """
    check_writable(out, *([layout] if layout else []))
    try:
        made, n_bytes = _report(out, store, as_is, layout, (points, compare), values)
    except KeyboardInterrupt:
        click.echo("stopped: no report was written", err=True)
        sys.exit(130)
    for line in made.lines():
        click.echo(line)
    click.echo(f"{out}: {n_bytes / 1e6:.1f} MB")


def _report(
    out: Path, store: Path | None, as_is: bool, layout: Path | None, choices: tuple[int, str], values: dict[str, Any]
) -> tuple[Report, int]:
    """Make and write the report; return it with its bytes."""
    from stream.report.build import options_of  # loads scikit-learn
    from stream.report.make import make_report

    connection = build_group(Connection, values)
    policy = TrainingPolicy(**{name: values[name] for name in _POLICY})
    options = options_of(policy, connection.namespace.qualify(values["group"]), *choices)
    with store_to_report(store, as_is, connection) as path, Stages() as stages:
        made = make_report(path, options, layout or landmark_path(store or out), stages)
        stages("drawing")
        return made, made.save(out)


class Stages:
    """A progress bar on standard error: one step for each part of the work, with its name."""

    def __init__(self) -> None:
        self._bar = tqdm(total=_N_STAGES, file=sys.stderr, disable=None, bar_format="{l_bar}{bar}| {elapsed}")
        self._is_first = True

    def __call__(self, stage: str) -> None:
        if not self._is_first:
            self._bar.update(min(1, _N_STAGES - 1 - self._bar.n))
        self._is_first = False
        self._bar.set_description(f"{stage:<24}")

    def __enter__(self) -> Stages:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._bar.update(_N_STAGES - self._bar.n)
        self._bar.close()
