"""Golden vectors, `reference.json` in a folder: some texts of an encoder, and their vectors by its source model.

They verify the folder anywhere, without torch, base model or data. The texts are N_TEXTS of the encoder's own, spread
evenly over their lengths. If texts are confidential, delete the file and its digest.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np

from export.errors import VerificationError
from export.package.bounds import Bounds, Verification, raise_on_violations, violations
from export.package.verify import ReferenceVectors, check_batch_invariance, evaluate_folder
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import read_encoder_folder

GOLDEN_VECTORS = "reference.json"
N_TEXTS = 64


class GoldenVectors(msgspec.Struct, frozen=True):
    """A file of texts, not yet normalised, and a vector for each."""

    texts: list[str]
    vectors: list[list[float]]


def write_golden_vectors(folder: Path, reference: ReferenceVectors) -> None:
    """Write some texts of `reference` and their vectors to `folder`, rounded to six decimals."""
    texts = reference.texts
    order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), texts[at]))
    chosen = [order[at] for at in np.unique(np.linspace(0, len(order) - 1, N_TEXTS).round().astype(int))]
    vectors = np.round(reference.vectors[chosen].astype(float), 6).tolist()
    golden = GoldenVectors([texts[at] for at in chosen], vectors)
    (folder / GOLDEN_VECTORS).write_bytes(msgspec.json.encode(golden))


def verify_golden_vectors(folder: Path, bounds: Bounds | None = None) -> Verification:
    """Verify `folder` against its own golden vectors, and its batch invariance.

    Raises VerificationError with every violation or without golden vectors, EncoderError if the folder is not intact.
    """
    read_encoder_folder(folder)
    if not (folder / GOLDEN_VECTORS).is_file():
        raise VerificationError(f"{folder.name} has no {GOLDEN_VECTORS}: give --base and --texts, its source")
    golden = msgspec.json.decode((folder / GOLDEN_VECTORS).read_bytes(), type=GoldenVectors)
    reference = ReferenceVectors(golden.texts, np.array(golden.vectors, np.float32))
    verification = evaluate_folder(folder, reference)
    dependent = check_batch_invariance(OnnxEncoder(folder, cache_texts=0), golden.texts)
    raise_on_violations(folder.name, violations(verification, bounds or Bounds()) + dependent)
    return verification
