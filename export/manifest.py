"""The manifest of a folder that was just made: who made it from what, digests, versions, measures."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

from export.quantize import DESCRIPTION
from export.verify import Verification
from stream.adapters.encoder_folder import (
    MANIFEST,
    MODEL,
    TOKENIZER,
    EncoderManifest,
    Metric,
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


def describe(folder: Path, origin: Origin, dimension: int, max_tokens: int) -> EncoderManifest:
    """The manifest of the model and tokenizer in `folder`, without measures."""
    return EncoderManifest(
        name=origin.name,
        base=origin.base,
        source=origin.source,
        licence=origin.licence,
        data=origin.data,
        created_by=origin.created_by,
        dimension=dimension,
        max_tokens=max_tokens,
        pooling="mean",
        projection=origin.projection,
        quantization=DESCRIPTION,
        sha256={name: sha256_of(folder / name) for name in (MODEL, TOKENIZER)},
        libraries={name: version(name) for name in LIBRARIES},
        metrics={},
    )


def measured(manifest: EncoderManifest, verification: Verification) -> EncoderManifest:
    """`manifest` with what `verification` measured of quality and size; speed belongs to a machine, not to a model."""
    metrics: dict[str, Metric] = {
        "n_texts": verification.n_texts,
        "cosine_mean": verification.cosine_mean,
        "cosine_min": verification.cosine_min,
    }
    return with_metrics(manifest, metrics)


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
