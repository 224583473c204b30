"""A teacher: an encoder folder with its vectors of texts, one text in HELD_OUT_OF held out."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from export.package.project_folder import FitData
from export.package.verify import encode_with_progress
from export.texts import texts_sha256
from stream.core.arrays import Vectors
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import TOKENIZER, EncoderManifest, read_encoder_folder

HELD_OUT_OF = 20


@dataclass(frozen=True)
class Teacher:
    """Texts after the text step, each with the teacher's vector; `held_out` are not for learning."""

    manifest: EncoderManifest
    version: str
    tokenizer: Tokenizer  # truncates at the teacher's longest text
    data: str
    texts: list[str]
    vectors: Vectors  # (n_texts, d)
    held_out: NDArray[np.bool_]  # (n_texts,)

    @property
    def data_sha256(self) -> str:
        """A fingerprint of the texts."""
        return texts_sha256(self.texts)

    @property
    def training_texts(self) -> list[str]:
        """The texts to learn from, in order."""
        return [text for text, held in zip(self.texts, self.held_out.tolist(), strict=True) if not held]

    @property
    def held_out_texts(self) -> list[str]:
        """The texts held out, in order."""
        return [text for text, held in zip(self.texts, self.held_out.tolist(), strict=True) if held]


def load_teacher(folder: Path, data: FitData, work: Path) -> Teacher:
    """Encode the distinct texts of `data` by the encoder in `folder`; vectors already in `work` are read.

    Raises EncoderError, TextsError without texts.
    """
    data.check_count(0)
    manifest = read_encoder_folder(folder).manifest
    encoder = OnnxEncoder(folder, cache_texts=0)
    texts = sorted({manifest.text_step.apply(text) for text in data.texts} - {""})
    return Teacher(
        manifest=manifest,
        version=encoder.version,
        tokenizer=truncating_tokenizer(folder / TOKENIZER, manifest.max_tokens),
        data=data.name,
        texts=texts,
        vectors=_encoded(encoder, texts, work / f"teacher-{encoder.version}-{texts_sha256(texts)[:12]}.npy"),
        held_out=np.array([is_held_out(text) for text in texts]),
    )


def _encoded(encoder: OnnxEncoder, texts: list[str], file: Path) -> Vectors:
    """Load the vectors in `file`; encode the texts and save them first if `file` is missing."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_suffix(".part.npy")
        np.save(draft, encode_with_progress(encoder, texts, "texts"))
        draft.replace(file)
    return np.asarray(np.load(file), np.float32)


def is_held_out(text: str) -> bool:
    """Return True for one text in HELD_OUT_OF, by a hash of the text."""
    return int.from_bytes(sha256(text.encode("utf-8", "replace")).digest()[:4], "big") % HELD_OUT_OF == 0


def truncating_tokenizer(file: Path, max_tokens: int) -> Tokenizer:
    """Load a tokenizer that truncates at `max_tokens` and does not pad."""
    tokenizer = Tokenizer.from_file(str(file))
    tokenizer.no_padding()
    tokenizer.enable_truncation(max_tokens)
    return tokenizer
