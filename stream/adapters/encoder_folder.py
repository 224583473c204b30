"""An encoder on disk: `model.onnx`, `tokenizer.json` and the `manifest.json` that says what they are.

`read_encoder_folder` checks everything that can be checked without running the model.
Nothing here loads the model.
"""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import Annotated, Literal

import msgspec

MANIFEST = "manifest.json"
MODEL = "model.onnx"
TOKENIZER = "tokenizer.json"
VERSION_DIGITS = 12  # hex digits of the SHA-256 of `model.onnx`: 48 bits tell any two models apart

Positive = Annotated[int, msgspec.Meta(gt=0)]
Metric = float | int | str | list[float]
Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class EncoderError(ValueError):
    """An encoder can not be used: a file is missing, was changed, or contradicts its manifest."""


class EncoderManifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where an encoder comes from and what its files must be."""

    name: str
    base: str  # the model it was made from
    source: str  # where the base model's weights were had
    licence: str
    data: str  # what the projection was fitted on
    created_by: str  # the command
    dimension: Positive
    max_tokens: Positive  # longer texts are cut
    pooling: Literal["mean"]
    projection: str
    quantization: str
    sha256: dict[str, Sha256]  # file name → digest
    libraries: dict[str, str]  # package → version it was made with
    metrics: dict[str, Metric]


class EncoderFolder(msgspec.Struct, frozen=True):
    """A folder whose files are the ones its manifest names."""

    path: Path
    manifest: EncoderManifest

    @property
    def version(self) -> str:
        return self.manifest.sha256[MODEL][:VERSION_DIGITS]


def read_encoder_folder(path: Path) -> EncoderFolder:
    """The folder at `path`, each file checked against its SHA-256. Raises EncoderError."""
    manifest = read_manifest(path)
    for name in (MODEL, TOKENIZER):
        if name not in manifest.sha256:
            raise EncoderError(f"{path / MANIFEST} has no sha256 for {name}; export the model again")
        expected, got = manifest.sha256[name], sha256_of(_existing(path / name))
        if got != expected:
            raise EncoderError(
                f"{path / name} is not the file its manifest describes: sha256 {got}, expected {expected}; "
                "restore the file, or export the model again (python -m export --help)"
            )
    return EncoderFolder(path, manifest)


def read_manifest(path: Path) -> EncoderManifest:
    """The manifest of the folder at `path`. Raises EncoderError."""
    file = _existing(path / MANIFEST)
    try:
        return msgspec.json.decode(file.read_bytes(), type=EncoderManifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise EncoderError(f"{file} can not be read: {error}; export the model again") from error


def sha256_of(file: Path) -> str:
    with file.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()


def _existing(file: Path) -> Path:
    if not file.is_file():
        raise EncoderError(
            f"no {file.name} in {file.parent}: an encoder folder holds {MODEL}, {TOKENIZER} and {MANIFEST}; "
            "make one with `python -m export default-model --out models/default`, or name another folder "
            "(SEGUE_MODEL)"
        )
    return file
