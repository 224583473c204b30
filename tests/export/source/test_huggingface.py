"""A base model that can not be used is one sentence, before anything heavy is done."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from export.errors import BaseModelError
from export.source.huggingface import check_max_tokens, resolve_base
from export.source.torch_reference import load_tokenizer, load_transformer
from tests.export.tiny_hub import tiny_hub
from tests.export.tiny_models import make_tiny

CLOSED = "http://127.0.0.1:9"  # nothing listens there


@pytest.fixture
def lacking(tiny_bert: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Copies the tiny BERT without some files."""

    def make(pattern: str) -> Path:
        return Path(shutil.copytree(tiny_bert, tmp_path / "base", ignore=shutil.ignore_patterns(pattern)))

    return make


@pytest.mark.parametrize(
    ("pattern", "part"),
    [("config.json", "configuration"), ("*.safetensors", "weights"), ("tokenizer.json", "tokenizer")],
)
def test_a_base_that_lacks_a_part_is_refused(lacking: Callable[[str], Path], pattern: str, part: str) -> None:
    folder = lacking(pattern)

    for use in (resolve_base, load_transformer, lambda base: load_tokenizer(base, 32)):
        with pytest.raises(BaseModelError, match=f"has no {part} .*save_pretrained"):
            use(folder)


@pytest.mark.parametrize("name", ["no-such-folder", "models/no/such", "../up", "/not/here"])
def test_a_name_that_is_neither_folder_nor_id_is_refused_without_a_network(name: str) -> None:
    with pytest.raises(BaseModelError, match="neither a folder nor an id"):
        resolve_base(name)


def resolved(endpoint: str, home: Path) -> str:
    """Return the folder of the id owner/name, or the error, from a process without torch."""
    script = "import sys; from export.source.huggingface import resolve_base\ntry: print(resolve_base('owner/name'))\n"
    script += "except ValueError as error: print(error)\nassert 'torch' not in sys.modules"
    env = {"HF_ENDPOINT": endpoint, "HF_HOME": str(home), "NO_PROXY": "127.0.0.1"}
    ran = subprocess.run(
        [sys.executable, "-c", script], env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.strip()


def test_an_id_is_fetched_once_and_then_needs_no_network(tiny_bert: Path, tmp_path: Path) -> None:
    with tiny_hub(tiny_bert) as endpoint:
        fetched = Path(resolved(endpoint, tmp_path))

    assert (fetched / "model.safetensors").read_bytes() == (tiny_bert / "model.safetensors").read_bytes()
    assert load_tokenizer(fetched, 32).encode("milk").tokens == ["[CLS]", "milk", "[SEP]"]
    assert resolved(CLOSED, tmp_path) == str(fetched)


def test_an_id_without_a_network_is_refused_with_the_remedy(tmp_path: Path) -> None:
    said = resolved(CLOSED, tmp_path)

    assert said.startswith("the base model owner/name is not a folder here and can not be had from a hub")
    assert said.endswith("download it where there is a network and name its folder")


def test_a_whole_folder_is_itself(tiny_bert: Path) -> None:
    assert resolve_base(str(tiny_bert)) == tiny_bert


@pytest.mark.parametrize(("architecture", "n_tokens"), [("bert", 40), ("roberta", 38), ("mpnet", 38), ("xlnet", 9999)])
def test_longer_texts_than_the_base_reads_are_refused(tmp_path: Path, architecture: str, n_tokens: int) -> None:
    base = make_tiny(architecture, tmp_path)
    check_max_tokens(base, n_tokens)

    if architecture != "xlnet":  # its positions are relative
        with pytest.raises(BaseModelError, match=f"reads {n_tokens} tokens, max_tokens is {n_tokens + 1}"):
            check_max_tokens(base, n_tokens + 1)


def test_a_damaged_configuration_is_one_sentence(lacking: Callable[[str], Path]) -> None:
    folder = lacking("nothing")
    (folder / "config.json").write_text("{", encoding="utf-8")

    with pytest.raises(BaseModelError, match=r"config\.json can not be read"):
        load_tokenizer(folder, 32)
