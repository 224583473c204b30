"""`labels.json`: heads come back as they were, and what can not be used is refused with a sentence."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from stream.bootstrap import read_labels
from stream.core.labels import NO_LABELS, LabelHead, LabelHeads
from stream.onnx.folder import LABELS as FILE
from stream.onnx.folder import EncoderError
from stream.wire.label_heads import LabelHeadsError, read_label_heads, write_label_heads
from tests.core.builders import LABELS
from tests.core.planted import bits

DATA = write_label_heads(LABELS, 4)


def changed(**head: Any) -> bytes:
    """The file with other contents of its first head."""
    value = msgspec.json.decode(DATA)
    value["heads"][0] |= head
    return msgspec.json.encode(value)


def test_heads_come_back_to_the_last_bit() -> None:
    again = read_label_heads(DATA, 4)
    assert bits(again.heads) == bits(LABELS.heads)
    assert bits(again.weight) == bits(LABELS.weight)
    assert write_label_heads(again, 4) == DATA


def test_the_version_is_the_digest_of_the_file() -> None:
    assert read_label_heads(DATA).version == sha256(DATA).hexdigest()[:12]
    assert read_label_heads(changed(threshold=0.5)).version != read_label_heads(DATA).version


def test_a_file_may_have_no_heads() -> None:
    assert read_label_heads(write_label_heads(NO_LABELS, 4), 4).heads == ()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "no label heads"),
        (b"[]", "no label heads: Expected `object`"),
        (b"\xff", "no label heads"),
        (DATA[:-9], "no label heads"),
        (DATA.replace(b'"format":1', b'"format":2'), "expected format 1, got 2"),
        (DATA.replace(b'"dimension":4', b'"dimension":5'), "made for 5 dimensions, the encoder has 4"),
        (changed(name="club"), "expected every label once, got club, club"),
        (changed(values=["milk"]), r"label 'diet': expected at least 2 different values, got \['milk'\]"),
        (changed(values=["milk", "milk", "bread"]), "expected at least 2 different values"),
        (changed(threshold=0), r"label 'diet': threshold must be in \(0, 1\], got 0"),
        (changed(threshold=1.01), "threshold must be in"),
        (changed(bias=[0, 0]), r"label 'diet': expected weights \(4, 3\) and 3 biases, got 4 rows of \[3\] and 2"),
        (changed(weight=[[0, 0, 0]] * 3), r"got 3 rows of \[3\] and 3"),
        (changed(weight=[[0, 0, 0]] * 3 + [[0, 0]]), r"got 4 rows of \[2, 3\] and 3"),
        (changed(bias=[0, 0, 1e39]), "label 'diet': expected finite weights and biases"),
        (changed(bias=[0, 0, None]), r"no label heads: Expected `float`, got `null` - at `\$.heads\[0\].bias\[2\]`"),
    ],
)
def test_unusable_heads_are_refused(data: bytes, sentence: str) -> None:
    with pytest.raises(LabelHeadsError, match=sentence):
        read_label_heads(data, 4)


@pytest.mark.parametrize("weight", [np.nan, np.inf])
def test_unusable_heads_are_not_written(weight: float) -> None:
    head = LabelHead("age", ("a", "b"), np.full((4, 2), weight, np.float32), np.zeros(2, np.float32), 0.5)
    with pytest.raises(LabelHeadsError):
        write_label_heads(LabelHeads("", (head,)), 4)
    with pytest.raises(LabelHeadsError, match="expected weights"):
        write_label_heads(LABELS, 5)


def test_heads_of_an_encoder_folder_are_optional(tmp_path: Path) -> None:
    assert read_labels(tmp_path, 4) is NO_LABELS
    (tmp_path / FILE).write_bytes(DATA)
    assert read_labels(tmp_path, 4).version == sha256(DATA).hexdigest()[:12]
    with pytest.raises(EncoderError, match=r"labels\.json: made for 4 dimensions, the encoder has 8; export"):
        read_labels(tmp_path, 8)
