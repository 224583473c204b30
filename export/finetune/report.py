"""How an encoder folder, as served, does on people that were held out; and its label heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from export.finetune.found_again import early_and_late, found_again
from export.finetune.label_heads import Judgement, fit_heads, judge
from export.finetune.recipe import People
from export.manifest import record, write_manifest
from stream.core.labels import LabelHeads
from stream.core.profile import quantise
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import LABELS, Metric, read_manifest, sha256_of
from stream.wire.label_heads import write_label_heads

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Report:
    """`found` is the mean reciprocal rank at which a person held out is found again, by the number of dimensions kept;
    `found_by_base` is the base model's, all its dimensions. `labels` are judged on people held out."""

    n_people: int
    found: dict[int, float]
    found_by_base: float
    labels: dict[str, Judgement]

    def metrics(self) -> dict[str, Metric]:
        """As a manifest keeps them."""
        found = {f"held_out_found_{dimension}": value for dimension, value in self.found.items()}
        labels = {
            f"held_out_{label}_{name}": value
            for label, judgement in self.labels.items()
            for name, value in asdict(judgement).items()
        }
        figures = {**found, "held_out_found_base": self.found_by_base, **labels}
        finite = {name: round(value, 4) for name, value in figures.items() if np.isfinite(value)}
        return {"held_out_people": self.n_people, **finite}


def finish(folder: Path, people: People, labels: Sequence[str], pooled: Vectors) -> Report:
    """Give the encoder in `folder` its label heads, and its manifest the report, which is returned.

    `pooled (n_texts, d)` are the base model's vectors. Raises DataError when too few people declared a label.
    """
    judged = add_heads(folder, people, labels)
    vectors = served_vectors(folder, people.texts)
    pairs, d = early_and_late(people.held_out), vectors.shape[1]
    report = Report(
        n_people=pairs[0].early.shape[0],
        found={kept: found_again(pairs, vectors[:, :kept]) for kept in sorted({d, d // 2, d // 4} - {0})},
        found_by_base=found_again(pairs, pooled),
        labels=judged,
    )
    record(folder, report.metrics())
    return report


def add_heads(folder: Path, people: People, labels: Sequence[str]) -> dict[str, Judgement]:
    """Write heads of `labels` to the encoder in `folder`, and what people held out say of them. Raises DataError."""
    if not labels:
        return {}
    vectors = served_vectors(folder, people.texts)
    heads = fit_heads(labels, people.training, people.validation, vectors)
    (folder / LABELS).write_bytes(write_label_heads(LabelHeads(heads=heads), vectors.shape[1]))
    manifest = read_manifest(folder)
    digests = {**manifest.sha256, LABELS: sha256_of(folder / LABELS)}
    write_manifest(folder, msgspec.structs.replace(manifest, sha256=digests))
    return {head.name: judge(head, people.held_out, vectors) for head in heads}


def served_vectors(folder: Path, texts: Sequence[str]) -> Vectors:
    """(n, d): the vectors of `texts` as a worker keeps them, int8 with a scale."""
    stored, scales = quantise(OnnxEncoder(folder, cache_texts=0).encode(texts))
    return np.asarray(stored * scales[:, None], np.float32)
