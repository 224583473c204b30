"""Torch module to encoder folder, all or nothing."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import onnx
from tokenizers import Tokenizer
from tqdm import tqdm

from export.manifest import Origin, describe, measured, write_manifest
from export.quantize import quantize
from export.reference import SentenceModule, reference_vectors
from export.to_onnx import to_onnx
from export.verify import Bounds, Verification, verify
from stream.adapters.encoder_folder import MANIFEST, MODEL, TOKENIZER


class BuildError(ValueError):
    """An encoder can not be built there."""


def build(
    module: SentenceModule,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    origin: Origin,
    out: Path,
    bounds: Bounds | None = None,
) -> Verification:
    """Make the encoder folder `out` and verify it on distinct `texts`.

    `out` is replaced by a whole new folder, or left as it was. Raises BuildError when `out` is something else than an
    encoder folder, VerificationError when the new one misses a bound.
    """
    check_replaceable(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent, ignore_cleanup_errors=True) as scratch:
        draft = Path(scratch) / out.name
        draft.mkdir()
        verification = _fill(draft, module, tokenizer, texts, origin, bounds)
        if out.exists():
            out.rename(Path(scratch) / "old")
        draft.rename(out)
    return verification


def check_replaceable(out: Path) -> None:
    """Raise BuildError when `out` holds what is not an encoder."""
    if out.exists() and not (out / MANIFEST).is_file() and not (out.is_dir() and not any(out.iterdir())):
        raise BuildError(f"{out} exists and is not an encoder folder (it has no {MANIFEST}): choose another --out")


def _fill(
    draft: Path,
    module: SentenceModule,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    origin: Origin,
    bounds: Bounds | None,
) -> Verification:
    """Write the files of an encoder to `draft`, the manifest with measures last."""
    with tqdm(total=4, desc="export", unit="step") as bar:
        graph = to_onnx(module)
        bar.update()
        onnx.save(quantize(graph), draft / MODEL)
        tokenizer.save(str(draft / TOKENIZER), pretty=False)
        max_tokens = (tokenizer.truncation or {})["max_length"]
        manifest = describe(draft, origin, module.dimension, max_tokens)
        write_manifest(draft, manifest)
        bar.update()
        reference = reference_vectors(module, tokenizer, texts)
        bar.update()
        verification = verify(draft, texts, reference, bounds)
        write_manifest(draft, measured(manifest, verification))
        bar.update()
    return verification
