"""The compiled core has the same bits at every optimisation, and on a processor without AVX2."""

from __future__ import annotations

from pathlib import Path

import pytest

from stream.core.kernel.build import build, find_compiler
from tests.core.kernel.output_bits import digest_by, draw

PLAIN = ("-O0", "-U__gnu_linux__")  # no clones of functions for AVX2
FUSED = ("-mfma", "-ffp-contract=fast")  # rounds once where C says twice

pytestmark = pytest.mark.skipif(find_compiler() is None, reason="no C compiler on this machine")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of runs."""
    file = tmp_path_factory.mktemp("runs") / "runs.pickle"
    draw(file, n_runs=20)
    return file


@pytest.fixture(scope="module")
def shipped(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest by the library as everybody gets it."""
    folder = tmp_path_factory.mktemp("shipped")
    build(folder)
    return digest_by(folder, drawn)


def test_optimisation_and_avx2_change_no_bit(shipped: str, drawn: Path, tmp_path: Path) -> None:
    build(tmp_path, extra_flags=PLAIN)
    assert digest_by(tmp_path, drawn) == shipped


def test_another_rounding_is_found(shipped: str, drawn: Path, tmp_path: Path) -> None:
    build(tmp_path, extra_flags=FUSED)
    assert digest_by(tmp_path, drawn) != shipped
