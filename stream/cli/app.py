"""`segue app`: the applications of `apps/`, one verb each."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
import msgspec

from apps.settings import MarketingSettings, RecommendationSettings, RelationshipSettings, RiskSettings
from stream.cli.options import setting_option, settings_options
from stream.cli.pipe import reader_is_gone
from stream.core.setting import SettingsGroup
from stream.formats.registry_settings import Registry
from stream.kafka.connection import Connection
from stream.settings import Process, build_group
from stream.wire.topics import USER_PROFILES

if TYPE_CHECKING:
    from apps.app import Action, App
    from apps.dispatcher import Dispatcher
    from stream.kafka.reader import Read


@dataclass(frozen=True, slots=True)
class Use:
    """An application: its class in `apps`, its settings, what it does, and a command line to begin with."""

    class_name: str
    group: type[SettingsGroup]
    help: str
    example: str


USES = {
    "marketing": Use(
        "Marketing", MarketingSettings, "Choose whom to send which campaign.", "| jq -r '[.user, .campaign] | @tsv'"
    ),
    "recommendation": Use(
        "Recommendation", RecommendationSettings, "Recommend what each user buys next.", "| jq -r '.items[0].item'"
    ),
    "relationship": Use(
        "Relationship", RelationshipSettings, "Warn of users who leave, the valuable ones first.", "| jq -r .reason"
    ),
    "risk": Use(
        "Risk", RiskSettings, "Warn of users who behave like somebody else, or like each other.", "| jq -r .explain"
    ),
}
ALL = "all"

_COMMON = """Prints one JSON object a line for each action; Ctrl-C stops. The past on the topics is read first, to learn
from, and leads to no action. Needs profiles: run the workers with SEGUE_PUBLISH_PROFILES=always.

Example:

\b
    segue app """


@click.group()
def app() -> None:
    """Run an application on the segments: marketing, recommendation, relationship, risk.

    Each is a consumer of Segue's topics, in one module of `apps/`: a beginning for your own.

    Example:

    \b
        segue app recommendation > recommendations.jsonl
    """


def run_apps(names: Iterable[str], values: Mapping[str, Any]) -> None:
    """Run applications in one process until Ctrl-C, or until nobody reads standard output."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    from apps.consumer import follow
    from apps.dispatcher import Dispatcher
    from stream.formats.decoder import FormatDecoder
    from stream.formats.startup import readers_of
    from stream.wire.fields import Fields

    registry = readers_of(build_group(Registry, values))
    decoder = FormatDecoder(Fields(max_text_chars=values["max_text_chars"]), registry)
    dispatcher = Dispatcher([_made(USES[name], name, values) for name in names], decoder)
    connection = build_group(Connection, values)
    with suppress(KeyboardInterrupt, BrokenPipeError):  # stopped, or the pipe has no reader any more
        follow(dispatcher, connection, _print, reader_is_gone, _progress, lambda: _ready(dispatcher))


def _made(use: Use, name: str, values: Mapping[str, Any]) -> App:
    made: App = getattr(import_module(f"apps.{name}"), use.class_name)(build_group(use.group, values))
    return made


def _print(action: Action) -> None:
    click.echo(msgspec.json.encode(action))


def _progress(reads: Iterator[Read], n_records: int) -> Iterable[Read]:
    from tqdm import tqdm

    return tqdm(reads, "reading the past", n_records, unit=" records", leave=False, disable=None)


def _ready(dispatcher: Dispatcher) -> None:
    """Tell what an application waits for."""
    n_read = sum(dispatcher.n_taken.values())
    click.echo(f"{n_read:,} records of the past are read; actions follow", err=True)
    if not dispatcher.n_taken[USER_PROFILES] and any(USER_PROFILES in each.topics for each in dispatcher.apps):
        click.echo("there are no profiles yet: run the workers with SEGUE_PUBLISH_PROFILES=always", err=True)


def _add(name: str, names: tuple[str, ...], help_text: str, example: str) -> None:
    """Add the verb of some applications to the group."""

    @app.command(name, help=f"{help_text}\n\n{_COMMON}{name} {example}")
    @settings_options(*(USES[each].group for each in names), Connection, Registry)
    @setting_option(Process, "max_text_chars")
    def command(**values: Any) -> None:
        run_apps(names, values)


for _name, _use in USES.items():
    _add(_name, (_name,), _use.help, _use.example)
_add(ALL, tuple(USES), "Run all four in one process.", "| jq -c '[.app, .user, .reason]'")
