"""`python -m export project`: fit a projection on one's own texts or events. Imports no torch."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import IO

import click

from export.projected import Material, project_folder
from stream.core.event import Event
from stream.files.event_file import EventFileError
from stream.files.sources import events_of
from stream.wire.fields import Fields
from stream.wire.json_events import decode_json

DIMENSION = 128


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--texts", type=click.File(encoding="utf-8"), help="One text a line: fit to how texts differ.")
@click.option("--events", help="A file as `segue produce` reads it, or `demo`: fit to how people differ.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
@click.option("--dimension", type=click.IntRange(1), default=DIMENSION, show_default=True, help="Dimensions kept.")
def project(folder: Path, texts: IO[str] | None, events: str | None, out: Path, dimension: int) -> None:
    """Fit the encoder in FOLDER to your own texts, in seconds and without torch, and write it to --out.

    Fewer dimensions that say more about your people: the vectors are whitened by PCA on how --texts differ, or on how
    the people of --events do. Label heads do not go along; they are for the former vectors.
    """
    if (texts is None) == (events is None):
        raise click.UsageError("give --texts or --events, one of them")
    try:
        material = of_texts(texts) if texts is not None else of_events(str(events))
    except EventFileError as error:
        raise click.ClickException(str(error)) from error
    verification = project_folder(folder, material, dimension, out)
    click.echo(json.dumps({"folder": out.name, **asdict(verification)}))


def of_texts(file: IO[str]) -> Material:
    """The distinct lines of `file`, sorted."""
    return Material(Path(file.name).name, distinct(file))


def distinct(lines: Iterable[str]) -> list[str]:
    """What is written on `lines`, sorted, each once."""
    return sorted({line.strip() for line in lines} - {""})


def of_events(source: str) -> Material:
    """The distinct texts of the events of `source`, and who met which how often. Raises EventFileError."""
    rows: dict[str, int] = {}
    people: dict[str, list[int]] = {}
    for key, value in events_of(source):
        event = decode_json(key, value, Fields())
        if isinstance(event, Event) and event.text.strip():
            people.setdefault(event.user, []).append(rows.setdefault(event.text, len(rows)))
    return Material(Path(source).name, list(rows), people)
