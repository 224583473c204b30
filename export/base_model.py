"""The base model: a folder as Hugging Face writes it, or an id of a hub, looked at before any work starts.

Imports nothing heavy: a folder that lacks a part is refused at once.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from export.errors import BaseModelError

CONFIG = "config.json"
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")  # any of these
FETCHED = ["*.json", "*.txt", "*.model", "*.safetensors"]
POSITIONS_UNUSED = {"roberta": 2, "xlm-roberta": 2, "camembert": 2, "mpnet": 2}  # counted from after the padding token


class _Config(msgspec.Struct):
    model_type: str = ""
    max_position_embeddings: int = -1  # none: positions are relative


def resolve_base(name: str | Path) -> Path:
    """The folder of the base model `name`: the folder itself, or where the files of that id of a hub were put.

    Raises BaseModelError when a part is missing, or the id can not be had.
    """
    folder = Path(name)
    if not folder.is_dir():
        folder = _fetched(str(name))
    check_base(folder)
    return folder


def check_base(folder: Path) -> None:
    """Raise BaseModelError when `folder` lacks configuration, weights or tokenizer."""
    if not folder.is_dir():
        raise BaseModelError(f"{folder} is not a folder: name the folder of a Hugging Face model")
    for what, patterns in (("configuration", (CONFIG,)), ("weights", WEIGHTS), ("tokenizer", TOKENIZERS)):
        if not any(any(folder.glob(pattern)) for pattern in patterns):
            raise BaseModelError(
                f"the base model in {folder} has no {what} ({' or '.join(patterns)}): save model and tokenizer into "
                "one folder with save_pretrained, or name another base"
            )


def check_max_tokens(folder: Path, max_tokens: int) -> None:
    """Raise BaseModelError when the base model in `folder` can not read `max_tokens` tokens."""
    try:
        config = msgspec.json.decode((folder / CONFIG).read_bytes(), type=_Config)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BaseModelError(f"{folder / CONFIG} can not be read: {error}") from error
    n_positions = config.max_position_embeddings - POSITIONS_UNUSED.get(config.model_type, 0)
    if 0 < n_positions < max_tokens:
        raise BaseModelError(f"the base model in {folder} reads {n_positions} tokens, max_tokens is {max_tokens}")


def _fetched(name: str) -> Path:
    """The folder where the files of the hub's model `name` lie, fetched unless they were before."""
    if name.count("/") != 1 or not all(name.split("/")) or name.startswith("."):
        raise BaseModelError(f"{name} is neither a folder nor an id (owner/name) of a hub: check the path")
    from huggingface_hub import snapshot_download

    try:
        folder = Path(snapshot_download(name, allow_patterns=FETCHED))
        if not any(folder.glob(WEIGHTS[0])):
            snapshot_download(name, allow_patterns=WEIGHTS[1])
    except (OSError, ValueError) as error:
        raise BaseModelError(
            f"the base model {name} is not a folder here and can not be had from a hub ({_first_line(error)}): "
            "download it where there is a network and name its folder"
        ) from error
    return folder


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)
