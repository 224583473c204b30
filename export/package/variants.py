"""The variants of a model (fp32, int8, fp16), each run as a worker runs it: agreement, size, speed."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import onnx
from onnx import ModelProto

from export.package.bounds import VARIANT_BOUNDS, Bounds, Verification, raise_on_violations, violations
from export.package.golden_vectors import write_golden_vectors
from export.package.manifest import ModelSpec, Provenance, describe, sign_again, with_verification, write_manifest
from export.package.speed import measure_speeds
from export.package.verify import ReferenceVectors, check_batch_invariance, evaluate_folder
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import FP16_MODEL, MODEL, Variant


@dataclass(frozen=True)
class VerifiedVariant:
    """A variant with its entry in the manifest, its measurements, and a sentence for each bound violated."""

    variant: Variant
    verification: Verification
    violations: list[str]


def verify_and_sign(
    folder: Path,
    fp32: ModelProto,
    reference: ReferenceVectors,
    bounds: Bounds,
    provenance: Provenance,
    spec: ModelSpec,
) -> Verification:
    """Add golden vectors to the new `folder`, verify every variant, and write the manifest with the measurements.

    `bounds` are those of int8. Raises VerificationError with every violation.
    """
    write_golden_vectors(folder, reference)
    manifest = describe(folder, provenance, spec)
    write_manifest(folder, manifest)
    found = verify_variants(folder, fp32, reference, bounds)
    variants = {name: each.variant for name, each in found.items()}
    write_manifest(folder, with_verification(manifest, found["int8"].verification, variants))
    return found["int8"].verification


def verify_variants(
    folder: Path, fp32: ModelProto | None, reference: ReferenceVectors, bounds: Bounds | None = None
) -> dict[str, VerifiedVariant]:
    """Verify the int8 graph of `folder`, its fp16 graph if it has one, and `fp32` if given.

    `bounds` are those of int8. Raises VerificationError with every violation of every variant.
    """
    graphs: Mapping[str, ModelProto] = {"fp32": fp32} if fp32 is not None else {}
    if (folder / FP16_MODEL).exists():
        graphs = {**graphs, "fp16": onnx.load(folder / FP16_MODEL)}
    found = {"int8": verify_variant("int8", folder, reference, bounds or VARIANT_BOUNDS["int8"])}
    found |= {name: _verify_graph(name, graph, folder, reference) for name, graph in graphs.items()}
    violated = [sentence for each in found.values() for sentence in each.violations]
    dependent = check_batch_invariance(OnnxEncoder(folder, cache_texts=0), reference.texts)
    raise_on_violations(folder.name, violated + dependent)
    return found


def verify_variant(name: str, folder: Path, reference: ReferenceVectors, bounds: Bounds) -> VerifiedVariant:
    """Measure the encoder in `folder` as the variant `name`."""
    verification = evaluate_folder(folder, reference)
    variant = Variant(
        cosine_mean=verification.cosine_mean,
        cosine_min=verification.cosine_min,
        size_bytes=(folder / MODEL).stat().st_size,
        texts_per_s=measure_speeds(folder, reference.texts),
    )
    found = [f"{name} {sentence}" for sentence in violations(verification, bounds)]
    return VerifiedVariant(variant, verification, found)


def _verify_graph(name: str, graph: ModelProto, folder: Path, reference: ReferenceVectors) -> VerifiedVariant:
    """Measure `graph` in a copy of `folder`."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / name
        shutil.copytree(folder, copy)
        onnx.save(graph, copy / MODEL)
        sign_again(copy, MODEL)
        return verify_variant(name, copy, reference, VARIANT_BOUNDS[name])
