"""`python -m export labels`: label heads for an encoder there is already. Imports no torch."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import click
import msgspec

from export.finetune.history import read_history
from export.finetune.recipe import by_name
from export.finetune.report import add_heads
from export.folder import check_replaceable, new_folder
from stream.onnx.folder import read_encoder_folder

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.argument("events", nargs=-1, required=True)
@click.option(
    "--label", "labels", multiple=True, required=True, help="A declared trait to predict; give it repeatedly."
)
@click.option("--out", type=FOLDER, required=True, help="The encoder folder to make.")
def labels(folder: Path, events: tuple[str, ...], labels: tuple[str, ...], out: Path) -> None:
    """Give the encoder in FOLDER heads that predict declared traits, learned from EVENTS; write it to --out.

    EVENTS are files as `segue produce` reads them, or `demo`. Of the people who declared a trait 70 % fit its head,
    10 % calibrate it, 20 % judge it. Prints one JSON object.
    """
    check_replaceable(out)
    manifest = read_encoder_folder(folder).manifest
    people = by_name(read_history(events, manifest.text_step, labels))
    with new_folder(out) as draft:
        shutil.copytree(folder, draft, dirs_exist_ok=True)
        judged = add_heads(draft, people, labels)
    click.echo(msgspec.json.encode({name: asdict(judgement) for name, judgement in judged.items()}))
