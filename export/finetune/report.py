"""The quality of an encoder folder, as served, on held-out users, with its label heads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from export.finetune.label_heads import HeadScores, evaluate_head, fit_heads
from export.finetune.reidentification import early_late_pairs, mean_reciprocal_rank
from export.finetune.split import UserSplit
from export.package.manifest import record_metrics, sign_again
from export.package.verify import encode_with_progress
from stream.core.arrays import Vectors
from stream.core.labels import LabelHeads
from stream.core.profile import quantise
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import LABELS, Metric
from stream.wire.label_heads import write_label_heads


@dataclass(frozen=True)
class Report:
    """Figures on held-out users: `mrr` by the number of leading dimensions, the base model's MRR, and label heads."""

    n_users: int
    mrr: dict[int, float]
    mrr_of_base: float
    labels: dict[str, HeadScores]

    def metrics(self) -> dict[str, Metric]:
        """Return the figures as a manifest keeps them, rounded, without NaN."""
        mrr = {f"held_out_mrr_{dimension}": value for dimension, value in self.mrr.items()}
        labels = {
            f"held_out_{label}_{name}": value
            for label, scores in self.labels.items()
            for name, value in asdict(scores).items()
        }
        figures = {**mrr, "held_out_mrr_base": self.mrr_of_base, **labels}
        finite = {name: round(value, 4) for name, value in figures.items() if np.isfinite(value)}
        return {"held_out_users": self.n_users, **finite}


def finish(folder: Path, split: UserSplit, labels: Sequence[str], pooled: Vectors) -> Report:
    """Add label heads to the encoder in `folder` and the report to its manifest; return the report.

    `pooled` (n_texts, d) are the base model's vectors. Raises DataError when too few users declared a label.
    """
    vectors = served_vectors(folder, split.texts)
    scores = add_heads(folder, split, labels, vectors)
    pairs, d = early_late_pairs(split.held_out), vectors.shape[1]
    prefixes = sorted({d, d // 2, d // 4} - {0})
    report = Report(
        n_users=pairs[0].early.shape[0],
        mrr={kept: mean_reciprocal_rank(pairs, vectors[:, :kept]) for kept in prefixes},
        mrr_of_base=mean_reciprocal_rank(pairs, pooled),
        labels=scores,
    )
    record_metrics(folder, report.metrics())
    return report


def add_heads(folder: Path, split: UserSplit, labels: Sequence[str], vectors: Vectors) -> dict[str, HeadScores]:
    """Fit heads of `labels` on served `vectors` (n_texts, d), write them to `folder`, and evaluate them on held out.

    Raises DataError when too few users declared a label.
    """
    if not labels:
        return {}
    heads = fit_heads(labels, split.training, split.validation, vectors)
    (folder / LABELS).write_bytes(write_label_heads(LabelHeads(heads=heads), vectors.shape[1]))
    sign_again(folder, LABELS)
    return {head.name: evaluate_head(head, split.held_out, vectors) for head in heads}


def served_vectors(folder: Path, texts: Sequence[str]) -> Vectors:
    """Return the vectors (n, d) of `texts` as a worker keeps them: int8 with a scale, as float32."""
    encoder = OnnxEncoder(folder, cache_texts=0)
    stored, scales = quantise(encode_with_progress(encoder, texts, folder.name))
    return np.asarray(stored * scales[:, None], np.float32)
