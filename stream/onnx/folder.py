"""An encoder on disk: `model.onnx`, `tokenizer.json` and `manifest.json`.

Optional files are `model.fp16.onnx`, for a GPU, and `labels.json`, with label heads. `read_encoder_folder` checks
everything that does not need the model to run. Nothing here loads the model.
"""

from __future__ import annotations

from hashlib import file_digest, sha256
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from stream.core.text.steps import TextStep, TextStepError

MANIFEST = "manifest.json"
MODEL = "model.onnx"
FP16_MODEL = "model.fp16.onnx"
TOKENIZER = "tokenizer.json"
LABELS = "labels.json"
VERSION_DIGITS = 12  # hex digits of a SHA-256: 48 bits distinguish any two encoders

Positive = Annotated[int, msgspec.Meta(gt=0)]
Metric = float | int | str | list[float]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$")]


class EncoderError(ValueError):
    """An encoder that can not be used: a file is missing, was changed, or contradicts the manifest."""


class Variant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A form of the model (int8, fp32, fp16), measured against the source model."""

    cosine_mean: float
    cosine_min: float
    size_bytes: int
    texts_per_s: dict[str, float]  # number of tokens → distinct texts a second


class EncoderManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A manifest: provenance of an encoder, digests of its files, and measurements."""

    name: str
    base: str  # name of the base model
    source: str  # where the base model's weights were obtained
    licence: str
    data: str  # the training data
    created_by: str  # the command
    dimension: Positive
    max_tokens: Positive  # longer texts are truncated
    pooling: Literal["mean"]
    projection: str
    quantization: str
    sha256: dict[FileName, Sha256]
    libraries: dict[str, str]  # package → version at the export
    metrics: dict[str, Metric]
    text_step: TextStep = TextStep("none")  # normalisation before the tokenizer
    length: Literal["unit", "learned"] = "unit"  # learned: the weight of a text in a profile, at most 1
    data_sha256: str = ""  # fingerprint of the training data
    seed: int = 0
    variants: dict[str, Variant] = {}  # "fp32", "int8", "fp16" → measurements


class EncoderFolder(msgspec.Struct, frozen=True):
    """A folder whose files match its manifest."""

    path: Path
    manifest: EncoderManifest

    def version_of(self, model: str) -> str:
        """Return the version of the encoder that runs the file `model`: a digest of all that its vectors depend on."""
        m = self.manifest
        parts = [
            m.sha256[model],
            m.sha256[TOKENIZER],
            m.max_tokens,
            m.text_step.name,
            sorted(m.text_step.options.items()),
        ]
        return sha256(msgspec.json.encode(parts)).hexdigest()[:VERSION_DIGITS]


def read_encoder_folder(path: Path) -> EncoderFolder:
    """Read the folder at `path` and check each file against its SHA-256. Raises EncoderError."""
    manifest = read_manifest(path)
    for name in (MODEL, TOKENIZER, FP16_MODEL, LABELS):
        if name not in manifest.sha256 and (name in (MODEL, TOKENIZER) or (path / name).exists()):
            raise EncoderError(f"{path / MANIFEST} has no sha256 for {name}; export the model again")
    for name, expected in manifest.sha256.items():
        if name == FP16_MODEL and not (path / name).exists():
            continue  # optional: only a GPU runs it
        if (got := sha256_of(_existing(path / name))) != expected:
            raise EncoderError(
                f"{path / name} is not the file its manifest describes: sha256 {got}, expected {expected}; "
                "restore the file, or export the model again (python -m export --help)"
            )
    return EncoderFolder(path, manifest)


def read_manifest(path: Path) -> EncoderManifest:
    """Read the manifest of the folder at `path`. Raises EncoderError."""
    file = _existing(path / MANIFEST)
    try:
        return msgspec.json.decode(file.read_bytes(), type=EncoderManifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        reason = error.__cause__ if isinstance(error.__cause__, TextStepError) else error
        raise EncoderError(
            f"{file} can not be read: {reason}; export the model again, or, if a newer Segue made it, upgrade Segue"
        ) from error


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of `file`, hexadecimal."""
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise EncoderError(
            f"no {file.name} in {file.parent}: an encoder folder holds {MODEL}, {TOKENIZER}, {MANIFEST} and what the "
            "manifest names; make one with `python -m export default-model --out models/default`, or name another "
            "folder (SEGUE_ENCODER)"
        )
    return file
