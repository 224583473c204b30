"""A file of events becomes keyed messages without loss."""

from __future__ import annotations

import gzip
import io
import sys
from itertools import islice
from pathlib import Path

import pytest

from stream.files import event_file
from stream.files.event_file import EventFileError, read_events
from tests.bad_input import BAD_INPUT, flat, track, without

LINES = [
    (b"ann", flat()),
    (b"ann", track()),
    (b"anon", without(track(anonymousId="anon"), "userId")),
    (b"bob", b'{"type":"erase","userId":"bob"}'),
    ("安娜".encode(), flat(user_id="安娜")),
]
KEYLESS = [b"not json", b"[1]", b"\xff\xfe", b"{}", flat(user_id=7), flat(user_id=None), b"[" * 5000, b'{"a":' * 5000]


def test_the_key_of_a_line_is_its_user(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(line for _, line in LINES))
    assert list(read_events(str(path))) == LINES


def test_a_line_without_a_user_keeps_its_bytes_and_has_no_key(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(KEYLESS) + b"\n")
    assert list(read_events(str(path))) == [(None, line) for line in KEYLESS]


def test_every_listed_input_of_one_line_keeps_its_bytes(tmp_path: Path) -> None:
    lines = [case.value for case in BAD_INPUT if case.value and b"\n" not in case.value]
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\n".join(lines))
    assert [line for _, line in read_events(str(path))] == lines


def test_blank_lines_windows_line_ends_and_a_byte_order_mark_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + b"\r\n \r\n\n".join(line for _, line in LINES) + b"\r\n")
    assert list(read_events(str(path))) == LINES


def test_a_gz_file_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(b"\n".join(line for _, line in LINES)))
    assert list(read_events(str(path))) == LINES


def test_standard_input_is_read_lazily(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = io.BytesIO(b"\n".join(line for _, line in LINES * 1000))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stdin))
    assert list(islice(read_events("-"), 2)) == LINES[:2]


def test_an_overlong_line_is_cut_and_the_next_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_file, "LINE_BYTES_MAX", 100)
    path = tmp_path / "events.jsonl"
    path.write_bytes(flat(text="x" * 1000) + b"\n" + flat() + b"\n")
    assert list(read_events(str(path))) == [(None, flat(text="x" * 1000)[:100]), (b"ann", flat())]


def test_a_missing_file_raises_at_the_call(tmp_path: Path) -> None:
    with pytest.raises(EventFileError, match=r"nowhere\.jsonl"):
        read_events(str(tmp_path / "nowhere.jsonl"))


@pytest.mark.parametrize("n_bytes_kept", [5, 60])
def test_a_damaged_gz_file_raises_while_it_is_read(tmp_path: Path, n_bytes_kept: int) -> None:
    path = tmp_path / "events.jsonl.gz"
    path.write_bytes(gzip.compress(flat())[:n_bytes_kept])
    with pytest.raises(EventFileError, match=r"can not read .*events\.jsonl\.gz"):
        list(read_events(str(path)))
    path.write_bytes(flat())
    with pytest.raises(EventFileError, match="Not a gzipped file"):
        list(read_events(str(path)))
