"""Standard output: terminals of any encoding, and readers that go away."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from stream.cli import pipe

PROGRAM = "from stream.cli.pipe import print_anything; print_anything(); print('Käse 草莓 ' + chr(0xd800))"


def test_text_that_an_encoding_lacks_is_printed_as_escapes() -> None:
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env=env, capture_output=True, check=True)
    assert done.stdout == rb"K\xe4se \u8349\u8393 \ud800" + b"\n"


@contextmanager
def standard_output(descriptor: int) -> Iterator[None]:
    before = sys.stdout
    sys.stdout = os.fdopen(descriptor, "w")
    try:
        yield
    finally:
        sys.stdout.close()
        sys.stdout = before


def test_a_reader_is_gone_once_the_other_end_of_the_pipe_is_closed() -> None:
    reads, writes = os.pipe()
    with standard_output(writes):
        assert not pipe.reader_is_gone()
        os.close(reads)
        assert pipe.reader_is_gone()


def test_a_file_and_an_output_without_a_descriptor_always_have_a_reader() -> None:
    with standard_output(os.open(os.devnull, os.O_WRONLY)):
        assert not pipe.reader_is_gone()
    assert not pipe.reader_is_gone()  # what captures the output of tests has no descriptor, or one of its own
