"""The manifest of a new folder: provenance, digests, library versions, measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import msgspec

from export.graph.quantize_int8 import DESCRIPTION
from export.package.bounds import Verification
from stream.core.text.steps import TextStep
from stream.onnx.folder import MANIFEST, EncoderManifest, Metric, Variant, read_manifest, sha256_of

NO_PROJECTION = "none"
LIBRARIES = ("torch", "transformers", "tokenizers", "onnx", "onnxruntime", "numpy")


@dataclass(frozen=True)
class Provenance:
    """An encoder's origin: base model, data and command."""

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
class ModelSpec:
    """A model's technical description: vectors, text step, quantisation, libraries."""

    dimension: int
    max_tokens: int
    length: Literal["unit", "learned"] = "unit"
    text_step: TextStep = field(default_factory=lambda: TextStep("none"))
    quantization: str = DESCRIPTION
    pooling: Literal["mean"] = "mean"
    libraries: tuple[str, ...] = LIBRARIES


def describe_whitening(dimension: int) -> str:
    """Describe whitening to `dimension` as a manifest does; 0 is no projection."""
    return f"PCA whitening to {dimension} dimensions, inside the graph" if dimension else NO_PROJECTION


def describe(folder: Path, provenance: Provenance, spec: ModelSpec) -> EncoderManifest:
    """Return the manifest of the files in `folder`, without measurements."""
    return EncoderManifest(
        name=provenance.name,
        base=provenance.base,
        source=provenance.source,
        licence=provenance.licence,
        data=provenance.data,
        created_by=provenance.created_by,
        dimension=spec.dimension,
        max_tokens=spec.max_tokens,
        pooling=spec.pooling,
        projection=provenance.projection,
        quantization=spec.quantization,
        sha256={file.name: sha256_of(file) for file in sorted(folder.iterdir()) if file.name != MANIFEST},
        libraries={name: version(name) for name in spec.libraries},
        metrics={},
        text_step=spec.text_step,
        length=spec.length,
        data_sha256=provenance.data_sha256,
        seed=provenance.seed,
    )


def with_verification(
    manifest: EncoderManifest, verification: Verification, variants: Mapping[str, Variant]
) -> EncoderManifest:
    """Return `manifest` with the measurements of the served model and of each variant.

    Speeds are those of the machine of the build: comparable with each other only.
    """
    metrics: dict[str, Metric] = {
        "n_texts": verification.n_texts,
        "cosine_mean": verification.cosine_mean,
        "cosine_min": verification.cosine_min,
        "length_error_max": verification.length_error_max,
    }
    return with_metrics(msgspec.structs.replace(manifest, variants=dict(variants)), metrics)


def with_metrics(manifest: EncoderManifest, metrics: dict[str, Metric]) -> EncoderManifest:
    """Return `manifest` with `metrics` added, over metrics of the same name."""
    return msgspec.structs.replace(manifest, metrics={**manifest.metrics, **metrics})


def write_manifest(folder: Path, manifest: EncoderManifest) -> None:
    """Write the manifest atomically."""
    draft = folder / f".{MANIFEST}"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    draft.replace(folder / MANIFEST)


def sign_again(folder: Path, *changed: str, **fields: Any) -> None:
    """Rewrite the manifest in `folder` with new `fields` and new digests of the files `changed`."""
    manifest = read_manifest(folder)
    digests = manifest.sha256 | {name: sha256_of(folder / name) for name in changed}
    write_manifest(folder, msgspec.structs.replace(manifest, sha256=digests, **fields))


def record_metrics(folder: Path, metrics: dict[str, Metric]) -> None:
    """Add `metrics` to the manifest in `folder`, over metrics of the same name."""
    write_manifest(folder, with_metrics(read_manifest(folder), metrics))
