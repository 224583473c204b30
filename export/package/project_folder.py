"""An encoder folder with a projection fitted on one's own texts or users: a new folder, in seconds, without torch."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import msgspec
import onnx

from export.graph.projection_head import append_projection
from export.package.bounds import ANY_SIZE, Bounds, Verification, raise_on_violations, violations
from export.package.folder import new_folder
from export.package.golden_vectors import GOLDEN_VECTORS, write_golden_vectors
from export.package.manifest import with_metrics, write_manifest
from export.package.verify import ReferenceVectors, encode_with_progress, evaluate_folder
from export.projection.fit import fit_on_texts, fit_on_users, project
from export.projection.whiten import Projection
from export.texts import check_count
from stream.core.arrays import Vectors
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import MODEL, TOKENIZER, EncoderManifest, Metric, read_encoder_folder, sha256_of

LIBRARIES = ("numpy", "onnx", "onnxruntime", "tokenizers")
BOUNDS = Bounds(cosine_mean=0.99, cosine_min=0.95, size_bytes=ANY_SIZE)  # of the int8 product against float32


@dataclass(frozen=True)
class FitData:
    """Data of a projection: distinct texts and, if users are given, the positions of each user's texts."""

    name: str
    texts: Sequence[str]
    texts_of_users: Mapping[str, Sequence[int]] | None = None

    @property
    def sha256(self) -> str:
        """A fingerprint of texts and users."""
        users = sorted((user, [int(row) for row in rows]) for user, rows in (self.texts_of_users or {}).items())
        return sha256(msgspec.json.encode([list(self.texts), users])).hexdigest()

    def check_count(self, dimension: int) -> None:
        """Raise TextsError unless there are more texts, or more users, than dimensions."""
        check_count(len(self.texts), dimension if self.texts_of_users is None else 0)
        if self.texts_of_users is not None:
            check_count(len(self.texts_of_users), dimension, "users")

    def fit(self, vectors: Vectors, dimension: int) -> Projection:
        """Fit a projection to users if there are any, else to texts; `vectors` (n, d) are those of `texts`."""
        if self.texts_of_users is None:
            return fit_on_texts(vectors, dimension)
        return fit_on_users(vectors, self.texts_of_users, dimension)


def project_folder(folder: Path, data: FitData, dimension: int, out: Path) -> Verification:
    """Write to `out` the encoder in `folder` with a projection to `dimension` fitted on `data`.

    Label heads and the fp16 graph are left out: they belong to the previous vectors. The verification compares with the
    same projection in float32. `out` is replaced whole or left as it was. Raises TextsError, BuildError,
    VerificationError, and EncoderError when `folder` is not an intact encoder.
    """
    previous = read_encoder_folder(folder).manifest
    data.check_count(dimension)
    keep_length = previous.length == "learned"
    with new_folder(out) as draft:
        vectors = encode_with_progress(OnnxEncoder(folder, cache_texts=0), data.texts, folder.name)
        projection = data.fit(vectors, dimension)
        onnx.save(append_projection(onnx.load(folder / MODEL), projection, keep_length=keep_length), draft / MODEL)
        shutil.copy(folder / TOKENIZER, draft / TOKENIZER)
        reference = ReferenceVectors(data.texts, project(vectors, projection, keep_length=keep_length))
        write_golden_vectors(draft, reference)
        return _verify_and_sign(draft, _manifest(draft, previous, data, dimension), reference)


def _verify_and_sign(draft: Path, manifest: EncoderManifest, reference: ReferenceVectors) -> Verification:
    """Verify `draft` and write its manifest with the measurements. Raises VerificationError."""
    write_manifest(draft, manifest)
    verification = evaluate_folder(draft, reference)
    raise_on_violations(draft.name, violations(verification, BOUNDS))
    metrics: dict[str, Metric] = {
        "n_texts": verification.n_texts,
        "projection_cosine_mean": verification.cosine_mean,
        "projection_cosine_min": verification.cosine_min,
    }
    write_manifest(draft, with_metrics(manifest, metrics))
    return verification


def _manifest(draft: Path, previous: EncoderManifest, data: FitData, dimension: int) -> EncoderManifest:
    """Describe `draft` as the previous encoder plus a projection, without the previous measurements."""
    method = "PCA whitening of texts" if data.texts_of_users is None else "PCA whitening of users' profiles"
    return msgspec.structs.replace(
        previous,
        name=draft.name,
        data=f"{data.name}; before: {previous.data}",
        created_by=f"python -m export project --dimension {dimension}; before: {previous.created_by}",
        dimension=dimension,
        projection=f"{method} to {dimension} dimensions, inside the graph; before: {previous.projection}",
        sha256={name: sha256_of(draft / name) for name in (MODEL, TOKENIZER, GOLDEN_VECTORS)},
        libraries=previous.libraries | {name: version(name) for name in LIBRARIES},
        metrics={},
        data_sha256=data.sha256,
        variants={},
    )
