"""A student without layers as an encoder folder: a table of token vectors, fitted and verified. Needs no torch."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from export.graph.token_table import token_table_graph
from export.package.bounds import Bounds
from export.package.files import write_model
from export.package.folder import new_folder
from export.package.manifest import NO_PROJECTION, ModelSpec, Provenance, record_metrics
from export.package.variants import verify_and_sign
from export.package.verify import ReferenceVectors
from export.students.agreement import agreement
from export.students.teacher import Teacher
from export.students.token_vectors import Fit, bags_of, fit_table, initial_table, means
from stream.core.arrays import Vectors
from stream.core.encoder import Encoder
from stream.onnx.folder import Metric

LIBRARIES = ("tokenizers", "onnx", "onnxruntime", "numpy", "scipy")
N_VERIFIED = 2_000  # of the texts held out


@dataclass(frozen=True)
class Student:
    """A student to be made: its teacher, the folder, the command, and the bounds of its int8 graph."""

    teacher: Teacher
    out: Path
    command: str
    bounds: Bounds
    seed: int

    def provenance(self, projection: str) -> Provenance:
        """Describe the student; base, source and licence are the teacher's."""
        manifest = self.teacher.manifest
        return Provenance(
            name=self.out.name,
            base=manifest.base,
            source=manifest.source,
            licence=manifest.licence,
            data=f"{self.teacher.data}; vectors of {manifest.name} {self.teacher.version}",
            created_by=self.command,
            projection=projection,
            data_sha256=self.teacher.data_sha256,
            seed=self.seed,
        )


def build_token_model(student: Student, encoder: Encoder, n_epochs: int) -> dict[str, Metric]:
    """Fit a table of token vectors to the teacher, write the folder, and return its agreement with the teacher.

    `encoder` is the teacher's. The int8 graph is verified against the same means in float. The folder is replaced whole
    or left as it was. Raises BuildError, VerificationError.
    """
    teacher = student.teacher
    unit = teacher.manifest.length == "unit"
    table = _fitted(teacher, encoder, Fit(n_epochs, unit, student.seed))
    with new_folder(student.out) as folder:
        spec = ModelSpec(
            dimension=table.shape[1],
            max_tokens=teacher.manifest.max_tokens,
            length=teacher.manifest.length,
            text_step=teacher.manifest.text_step,
            libraries=LIBRARIES,
        )
        graph = token_table_graph(table, unit=unit)
        spec = write_model(folder, graph, teacher.tokenizer, spec)
        checked = teacher.held_out_texts[:N_VERIFIED]
        reference = ReferenceVectors(checked, means(table, bags_of(teacher.tokenizer, checked), unit=unit))
        provenance = student.provenance(NO_PROJECTION)
        verify_and_sign(folder, graph, reference, student.bounds, provenance, spec)
        found = agreement(teacher, folder)
        record_metrics(folder, found)
    return found


def _fitted(teacher: Teacher, encoder: Encoder, fit: Fit) -> Vectors:
    texts, learned = teacher.training_texts, ~teacher.held_out
    table = initial_table(encoder, teacher.tokenizer, texts)
    return np.ascontiguousarray(fit_table(table, bags_of(teacher.tokenizer, texts), teacher.vectors[learned], fit))
