"""The commands of `python -m export`."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

import click
import msgspec

from export.build import BuildError, build, check_replaceable
from export.default import DIMENSION, MAX_TOKENS, ORIGIN, default_reference, fit_reference
from export.manifest import Origin, record
from export.reference import reference_vectors
from export.verify import Bounds, Verification, VerificationError, verify
from stream.adapters.encoder_folder import EncoderError, Metric, read_encoder_folder

FOLDER = click.Path(path_type=Path, file_okay=False)
_NONE = "none"  # what a manifest says of a model without projection
EXISTING = click.Path(path_type=Path, file_okay=False, exists=True)


class Sentences(click.Group):
    """A group whose expected errors are one sentence, not a traceback."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (BuildError, EncoderError, VerificationError) as error:
            raise click.ClickException(str(error)) from error


@click.group(cls=Sentences)
def main() -> None:
    """Make the encoder that Segue runs: BERT in, a folder of model.onnx, tokenizer.json and manifest.json out.

    \b
    The model that ships:    python -m export default-model --out models/default
    Your own model:          python -m export convert BERT --texts TEXTS.txt --out models/mine ...
    Is a folder still good?  python -m export verify models/default

    The weights become int8 (a quarter of the size, several times as fast); pooling, projection and normalisation are
    part of the graph. A folder is written only when it agrees with torch. Give it to Segue with SEGUE_MODEL.
    """


@main.command("default-model")
@click.option("--out", type=FOLDER, default=Path("models/default"), show_default=True)
@click.option("--dimension", default=DIMENSION, show_default=True, help="Dimensions kept; 0: all, without whitening.")
def default_model(out: Path, dimension: int) -> None:
    """Make the default model: all-MiniLM-L6-v2, whitened on the demo data. Needs no network; about a minute."""
    check_replaceable(out)
    made = default_reference(dimension)
    origin = ORIGIN if dimension == DIMENSION else _projected(ORIGIN, dimension)
    _report(build(made.module, made.tokenizer, made.texts, origin, out), out)


@main.command()
@click.argument("base", type=EXISTING)
@click.option("--texts", type=click.File(encoding="utf-8"), required=True, help="One text a line: what to fit on.")
@click.option("--out", type=FOLDER, required=True)
@click.option("--dimension", default=DIMENSION, show_default=True, help="Dimensions kept; 0: all, without whitening.")
@click.option("--max-tokens", default=MAX_TOKENS, show_default=True, help="Longer texts are cut.")
@click.option("--max-mb", default=30.0, show_default=True, help="Refuse a larger folder.")
@click.option("--licence", required=True, help="Of the base model, as its card says.")
@click.option("--source", required=True, help="Where the base model was had.")
def convert(
    base: Path, texts: IO[str], out: Path, dimension: int, max_tokens: int, max_mb: float, licence: str, source: str
) -> None:
    """Make an encoder of the Hugging Face model in the folder BASE (config, weights, tokenizer).

    It is whitened, and compared with torch, on the texts of --texts. Any model whose output is one vector a token
    will do; of BERT and RoBERTa the attention is fused too.
    """
    check_replaceable(out)
    made = fit_reference(base, _distinct(texts), dimension, max_tokens)
    command = f"python -m export convert {base.name} --dimension {dimension} --max-tokens {max_tokens}"
    plain = Origin(out.name, base.name, source, licence, Path(texts.name).name, command, "")
    bounds = Bounds(size_bytes=int(max_mb * 1e6))
    _report(build(made.module, made.tokenizer, made.texts, _projected(plain, dimension), out, bounds), out)


@main.command("verify")
@click.argument("folder", type=EXISTING)
@click.option("--base", type=EXISTING, help="What FOLDER was converted from; without it, the default model's base.")
@click.option("--texts", type=click.File(encoding="utf-8"), help="What it was fitted on; needed with --base.")
def verify_(folder: Path, base: Path | None, texts: IO[str] | None) -> None:
    """Compare FOLDER with torch, made anew from its base and texts. Ends with status 1 below the bounds."""
    manifest = read_encoder_folder(folder).manifest
    whitened = 0 if manifest.projection == _NONE else manifest.dimension
    if base is None:
        made = default_reference(whitened)
    elif texts is None:
        raise click.UsageError("--base needs --texts, the texts that the projection was fitted on")
    else:
        made = fit_reference(base, _distinct(texts), whitened, manifest.max_tokens)
    reference = reference_vectors(made.module, made.tokenizer, made.texts)
    _report(verify(folder, made.texts, reference), folder)


@main.command("record")
@click.argument("folder", type=EXISTING)
@click.argument("measures", type=click.File("rb"))
@click.option("--prefix", default="", help="Put before every name.")
def record_(folder: Path, measures: IO[bytes], prefix: str) -> None:
    """Add MEASURES, a JSON object of names and figures, to the manifest of FOLDER; `-` reads standard input."""
    metrics = msgspec.json.decode(measures.read(), type=dict[str, Metric])
    record(folder, {prefix + name: value for name, value in metrics.items()})


def _projected(origin: Origin, dimension: int) -> Origin:
    projection = f"PCA whitening to {dimension} dimensions, inside the graph" if dimension else _NONE
    return replace(origin, projection=projection)


def _distinct(texts: IO[str]) -> list[str]:
    return sorted({line.strip() for line in texts} - {""})


def _report(verification: Verification, folder: Path) -> None:
    click.echo(json.dumps({"folder": folder.name, **asdict(verification)}))


if __name__ == "__main__":
    main(prog_name="python -m export")
