"""The manifest of a folder that was just made: who made it from what, digests, versions, measures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Literal

import msgspec

from export.quantize import DESCRIPTION
from export.verify import Verification
from stream.core.text.steps import TextStep
from stream.onnx.folder import (
    MANIFEST,
    EncoderManifest,
    Metric,
    Variant,
    read_manifest,
    sha256_of,
)

LIBRARIES = ("torch", "transformers", "tokenizers", "onnx", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Origin:
    """What only the one who builds an encoder knows about it."""

    name: str
    base: str
    source: str
    licence: str
    data: str
    created_by: str
    projection: str
    data_sha256: str = ""  # fingerprint of the training data
    seed: int = 0


@dataclass(frozen=True)
class Form:
    """What an encoder gives and how."""

    dimension: int
    max_tokens: int
    length: Literal["unit", "learned"] = "unit"
    text_step: TextStep = field(default_factory=lambda: TextStep("none"))
    quantization: str = DESCRIPTION
    pooling: Literal["mean"] = "mean"
    libraries: tuple[str, ...] = LIBRARIES


def describe(folder: Path, origin: Origin, form: Form) -> EncoderManifest:
    """The manifest of the files in `folder`, without measures."""
    return EncoderManifest(
        name=origin.name,
        base=origin.base,
        source=origin.source,
        licence=origin.licence,
        data=origin.data,
        created_by=origin.created_by,
        dimension=form.dimension,
        max_tokens=form.max_tokens,
        pooling=form.pooling,
        projection=origin.projection,
        quantization=form.quantization,
        sha256={file.name: sha256_of(file) for file in sorted(folder.iterdir()) if file.name != MANIFEST},
        libraries={name: version(name) for name in form.libraries},
        metrics={},
        text_step=form.text_step,
        length=form.length,
        data_sha256=origin.data_sha256,
        seed=origin.seed,
    )


def measured(manifest: EncoderManifest, verification: Verification, variants: Mapping[str, Variant]) -> EncoderManifest:
    """`manifest` with what was measured of the model as served and of its variants.

    The variants' speeds are those of the machine of the build: to be compared with each other, not with yours.
    """
    metrics: dict[str, Metric] = {
        "n_texts": verification.n_texts,
        "cosine_mean": verification.cosine_mean,
        "cosine_min": verification.cosine_min,
        "length_error_max": verification.length_error_max,
    }
    return with_metrics(msgspec.structs.replace(manifest, variants=dict(variants)), metrics)


def with_metrics(manifest: EncoderManifest, metrics: dict[str, Metric]) -> EncoderManifest:
    return msgspec.structs.replace(manifest, metrics={**manifest.metrics, **metrics})


def write_manifest(folder: Path, manifest: EncoderManifest) -> None:
    """Write it whole or not at all."""
    draft = folder / f".{MANIFEST}"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    draft.replace(folder / MANIFEST)


def record(folder: Path, metrics: dict[str, Metric]) -> None:
    """Add `metrics` to the manifest in `folder`, over those of the same name."""
    write_manifest(folder, with_metrics(read_manifest(folder), metrics))
