"""Some texts of an encoder and the vectors that its source gave them, kept in its folder: `reference.json`.

So the folder can be verified anywhere, without torch, the base model or the data. The texts are N_TEXTS of those the
encoder was made with, evenly over their lengths; where texts are confidential, delete the file and its digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from export.errors import VerificationError
from export.verify import Bounds, Vectors, Verification, company, held, misses, refuse
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import read_encoder_folder

REFERENCE = "reference.json"
N_TEXTS = 64


class KeptReference(msgspec.Struct, frozen=True):
    """The file: texts not yet normalised, and a vector for each."""

    texts: list[str]
    vectors: list[list[float]]


def keep_reference(folder: Path, texts: Sequence[str], reference: Vectors) -> None:
    """Write some of `texts` and their `reference` vectors (n, d) to `folder`."""
    order = sorted(range(len(texts)), key=lambda at: (len(texts[at]), texts[at]))
    chosen = [order[at] for at in np.unique(np.linspace(0, len(order) - 1, N_TEXTS).round().astype(int))]
    kept = KeptReference([texts[at] for at in chosen], np.round(reference[chosen].astype(float), 6).tolist())
    (folder / REFERENCE).write_bytes(msgspec.json.encode(kept))


def verify_alone(folder: Path, bounds: Bounds | None = None) -> Verification:
    """`folder` held to its own reference, and each text alone to itself in company.

    Raises VerificationError with every bound missed or when no reference was kept, EncoderError when the folder is not
    intact.
    """
    read_encoder_folder(folder)
    if not (folder / REFERENCE).is_file():
        raise VerificationError(f"{folder.name} has no {REFERENCE}: give --base and --texts, what it was made from")
    kept = msgspec.json.decode((folder / REFERENCE).read_bytes(), type=KeptReference)
    verification = held(folder, kept.texts, np.array(kept.vectors, np.float32))
    encoder = OnnxEncoder(folder, cache_texts=0)
    refuse(folder.name, misses(verification, bounds or Bounds()) + company(encoder, kept.texts))
    return verification
