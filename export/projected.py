"""An encoder folder with a projection fitted on one's own texts or people: a new folder, and no torch."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec
import onnx

from export.folder import new_folder
from export.kept_reference import REFERENCE, keep_reference
from export.manifest import with_metrics, write_manifest
from export.project import append, expected, fit_on_profiles, fit_on_texts
from export.verify import Bounds, Vectors, Verification, held, misses, refuse
from export.whiten import Projection, check_texts
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import MODEL, TOKENIZER, EncoderManifest, Metric, read_encoder_folder, sha256_of

LIBRARIES = ("numpy", "onnx", "onnxruntime", "tokenizers")
BOUNDS = Bounds(
    cosine_mean=0.99, cosine_min=0.95, size_bytes=2**62
)  # the new product as integers, to the same in floats


@dataclass(frozen=True)
class Material:
    """What a projection is fitted on: distinct texts, and, if people are given, the positions each of them met."""

    name: str
    texts: Sequence[str]
    people: Mapping[str, Sequence[int]] | None = None

    @property
    def sha256(self) -> str:
        """A fingerprint of the texts, and of who met them."""
        people = sorted((user, list(rows)) for user, rows in (self.people or {}).items())
        return sha256(msgspec.json.encode([list(self.texts), people])).hexdigest()


def project_folder(folder: Path, material: Material, dimension: int, out: Path) -> Verification:
    """Write to `out` the encoder `folder` with a projection to `dimension` fitted on `material`.

    Label heads and the fp16 graph stay behind: they belong to the former vectors. Returned is how near the new
    vectors are to the same projection computed in floats. `out` is replaced whole, or left as it was. Raises
    TextsError, BuildError, VerificationError, and EncoderError when `folder` is not an intact encoder.
    """
    former = read_encoder_folder(folder)
    check_texts(len(material.texts), dimension if material.people is None else 0)
    if material.people is not None:
        check_texts(len(material.people), dimension, "people")
    keep_length = former.manifest.length == "learned"
    with new_folder(out) as draft:
        vectors = OnnxEncoder(folder, cache_texts=0).encode(material.texts)
        projection = _fit(vectors, material, dimension)
        onnx.save(append(onnx.load(folder / MODEL), projection, keep_length=keep_length), draft / MODEL)
        shutil.copy(folder / TOKENIZER, draft / TOKENIZER)
        reference = expected(vectors, projection, keep_length=keep_length)
        return _judge(draft, former.manifest, material, dimension, reference)


def _fit(vectors: Vectors, material: Material, dimension: int) -> Projection:
    if material.people is None:
        return fit_on_texts(vectors, dimension)
    return fit_on_profiles(vectors, material.people, dimension)


def _judge(
    draft: Path, former: EncoderManifest, material: Material, dimension: int, reference: Vectors
) -> Verification:
    """Write the manifest of `draft`, run it, refuse it below BOUNDS, and write the manifest with measures."""
    keep_reference(draft, material.texts, reference)
    manifest = _manifest(draft, former, material, dimension)
    write_manifest(draft, manifest)
    verification = held(draft, material.texts, reference)
    refuse(draft.name, misses(verification, BOUNDS))
    measures: dict[str, Metric] = {
        "n_texts": verification.n_texts,
        "projection_cosine_mean": verification.cosine_mean,
        "projection_cosine_min": verification.cosine_min,
    }
    write_manifest(draft, with_metrics(manifest, measures))
    return verification


def _manifest(draft: Path, former: EncoderManifest, material: Material, dimension: int) -> EncoderManifest:
    """What `draft` is: the former encoder and what was done to it. Its measures were of other vectors."""
    how = "PCA whitening of texts" if material.people is None else "PCA whitening of people's profiles"
    return msgspec.structs.replace(
        former,
        name=draft.name,
        data=f"{material.name}; before: {former.data}",
        created_by=f"python -m export project --dimension {dimension}; before: {former.created_by}",
        dimension=dimension,
        projection=f"{how} to {dimension} dimensions, inside the graph; before: {former.projection}",
        sha256={name: sha256_of(draft / name) for name in (MODEL, TOKENIZER, REFERENCE)},
        libraries=former.libraries | {name: version(name) for name in LIBRARIES},
        metrics={},
        data_sha256=material.sha256,
        variants={},
    )
