"""Bytes of a file, whatever its compression and Unicode encoding."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stream.files.opened_file import EventFileError, longer_head, open_file

TEXT = '{"user_id": "Zoë", "text": "红鞋"}\n' * 3


def opened(path: Path, data: bytes) -> bytes:
    path.write_bytes(data)
    file = open_file(str(path))
    try:
        assert file.head
        assert TEXT.encode().startswith(file.head)
        return file.stream.read()
    finally:
        file.close()


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, bz2.compress, lzma.compress, lambda data: pa.compress(data, "zstd", asbytes=True)],
    ids=["plain", "gzip", "bzip2", "xz", "zstd"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_any_compression_and_encoding_is_read_as_utf8_whatever_the_name(
    tmp_path: Path, pack: Callable[[bytes], bytes], encoding: str
) -> None:
    assert opened(tmp_path / "events.csv", pack(TEXT.encode(encoding))) == TEXT.encode()


def test_a_byte_order_mark_of_big_endian_counts_too(tmp_path: Path) -> None:
    assert opened(tmp_path / "a", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")) == TEXT.encode()


def test_bytes_that_are_not_utf8_stay_for_the_decoder_to_refuse(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b'{"text": "caf\xe9"}\n')
    file = open_file(str(tmp_path / "a"))
    assert file.stream.read() == b'{"text": "caf\xe9"}\n'
    file.close()


def test_a_longer_head_is_the_begin_of_the_same_stream(tmp_path: Path) -> None:
    data = b"".join(b"%d\n" % n for n in range(50_000))
    (tmp_path / "a").write_bytes(data)
    file = open_file(str(tmp_path / "a"))
    assert file.head == b"0\n"
    longer = longer_head(file)
    assert len(longer.head) >= 64 * 1024
    assert data.startswith(longer.head)
    assert longer.stream.read() == data
    file.close()


def test_the_first_line_of_standard_input_does_not_wait_for_the_second(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [b'{"user_id": "7"}\n']

    class Pipe(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            line = lines.pop()  # a second read fails here
            buffer[: len(line)] = line
            return len(line)

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Pipe())))
    assert open_file("-").stream.readline() == b'{"user_id": "7"}\n'


def test_a_missing_file_a_folder_and_an_empty_file_are_errors_that_say_so(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b" \n")
    for name, why in (("nowhere.jsonl", "there is no file"), ("", "is a folder"), ("empty", "is empty")):
        with pytest.raises(EventFileError, match=why):
            open_file(str(tmp_path / name))
