"""`python -m export project`: a projection fitted on one's own texts or events. Imports no torch."""

from __future__ import annotations

from pathlib import Path

import click

from export.finetune.history import read_history
from export.package.project_folder import FitData, project_folder
from export.verbs import options
from export.verbs.output import print_verification
from stream.onnx.folder import read_manifest


@click.command()
@click.argument("folder", type=options.ENCODER)
@options.texts_option(False, "File of texts, one a line: fit to their differences.")
@click.option("--events", help="File as `segue produce` reads it, or `demo`: fit to differences between users.")
@options.out
@options.dimension
def project(folder: Path, texts: FitData | None, events: str | None, out: Path, dimension: int) -> None:
    """Fit the encoder in FOLDER to your own texts or users, in seconds and without torch; write it to --out.

    Vectors are whitened by PCA, on the differences between --texts or between the users of --events. Label heads are
    left out: they belong to the previous vectors.

    \b
    python -m export project models/default --events events.jsonl --out models/mine
    """
    if (texts is None) == (events is None):
        raise click.UsageError("give --texts or --events, one of them")
    data = texts if texts is not None else data_of_events(str(events), folder)
    print_verification(project_folder(folder, data, dimension, out), out)


def data_of_events(source: str, folder: Path) -> FitData:
    """Return the users of the events in `source`, texts normalised as the encoder in `folder` does.

    Raises DataError for an unreadable source, or without any text.
    """
    history = read_history([source], read_manifest(folder).text_step)
    return FitData(Path(source).name, history.texts, {user.user: user.texts.tolist() for user in history.users})
