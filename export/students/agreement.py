"""A student's vectors against its teacher's, on texts that the student has not learned."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from export.package.verify import encode_with_progress
from export.projection.principal import MIN_NORM
from export.students.teacher import Teacher
from stream.core.arrays import Floats, Vectors
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import Metric


def agreement(teacher: Teacher, student: Path) -> dict[str, Metric]:
    """Return the figures for the student's manifest: its teacher, and cosines over the texts held out."""
    vectors = encode_with_progress(OnnxEncoder(student, cache_texts=0), teacher.held_out_texts, student.name)
    found = cosines(vectors, teacher.vectors[teacher.held_out])
    return {
        "teacher": teacher.version,
        "teacher_texts": len(found),
        "teacher_cosine_mean": round(float(found.mean()), 5),
        "teacher_cosine_p05": round(float(np.quantile(found, 0.05)), 5),
    }


def cosines(vectors: Vectors, others: Vectors) -> Floats:
    """Return the cosine of each pair of rows (n,); 0 where a row is zero.

    >>> cosines(np.array([[2.0, 0.0], [0.0, 0.0]]), np.array([[1.0, 0.0], [1.0, 0.0]])).tolist()
    [1.0, 0.0]
    """
    norms = np.linalg.norm(vectors, axis=1) * np.linalg.norm(others, axis=1)
    return np.asarray((vectors * others).sum(axis=1) / np.maximum(norms, MIN_NORM), np.float64)
