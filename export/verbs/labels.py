"""`python -m export labels`: label heads for an existing encoder. Imports no torch."""

from __future__ import annotations

import shutil
from dataclasses import asdict
from pathlib import Path

import click
import msgspec

from export.finetune.history import read_history
from export.finetune.report import add_heads, served_vectors
from export.finetune.split import split_users
from export.package.folder import check_replaceable, new_folder
from export.verbs import options
from stream.onnx.folder import read_encoder_folder


@click.command()
@click.argument("folder", type=options.ENCODER)
@click.argument("events", nargs=-1, required=True)
@click.option("--label", "labels", multiple=True, required=True, help="Declared trait to predict; repeatable.")
@options.out
def labels(folder: Path, events: tuple[str, ...], labels: tuple[str, ...], out: Path) -> None:
    """Add heads that predict declared traits to the encoder in FOLDER, fitted on EVENTS; write it to --out.

    EVENTS are files as `segue produce` reads them, or `demo`. A head is fitted on 70 % of the users that declared the
    trait, calibrated on 10 %, evaluated on 20 %. Prints one JSON object. Needs no torch.

    \b
    python -m export labels models/mine events.jsonl --label age_band --out models/labelled
    """
    check_replaceable(out)
    manifest = read_encoder_folder(folder).manifest
    split = split_users(read_history(events, manifest.text_step, labels))
    with new_folder(out) as draft:
        shutil.copytree(folder, draft, dirs_exist_ok=True)
        scores = add_heads(draft, split, labels, served_vectors(draft, split.texts))
    click.echo(msgspec.json.encode({name: asdict(each) for name, each in scores.items()}))
