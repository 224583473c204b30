"""The base model: a Hugging Face folder or the id of a model on a hub, checked before any work starts.

Nothing heavy is imported, so an incomplete folder is refused at once.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from export.errors import BaseModelError

CONFIG = "config.json"
WEIGHTS = ("*.safetensors", "pytorch_model*.bin")
TOKENIZERS = ("tokenizer.json", "vocab.txt", "vocab.json", "*.model")  # any of these
FETCHED = ["*.json", "*.txt", "*.model", "*.safetensors"]
POSITIONS_UNUSED = {"roberta": 2, "xlm-roberta": 2, "camembert": 2, "mpnet": 2}  # positions start after the padding id


class _Config(msgspec.Struct):
    model_type: str = ""
    max_position_embeddings: int = -1  # absent where positions are relative


def resolve_base(name: str | Path, max_tokens: int = 0) -> Path:
    """Return the folder of the base model `name`: a folder, or the local copy of a hub's model (owner/name).

    Raises BaseModelError when a part is missing, the hub can not be reached, or the model reads fewer tokens than
    `max_tokens`.
    """
    folder = Path(name)
    if not folder.is_dir():
        folder = _download(str(name))
    check_base(folder)
    if max_tokens:
        check_max_tokens(folder, max_tokens)
    return folder


def check_base(folder: Path) -> None:
    """Raise BaseModelError if `folder` lacks configuration, weights or tokenizer."""
    if not folder.is_dir():
        raise BaseModelError(f"{folder} is not a folder: name the folder of a Hugging Face model")
    for part, patterns in (("configuration", (CONFIG,)), ("weights", WEIGHTS), ("tokenizer", TOKENIZERS)):
        if not any(any(folder.glob(pattern)) for pattern in patterns):
            raise BaseModelError(
                f"the base model in {folder} has no {part} ({' or '.join(patterns)}): save model and tokenizer into "
                "one folder with save_pretrained, or name another base"
            )


def check_max_tokens(folder: Path, max_tokens: int) -> None:
    """Raise BaseModelError if the base model in `folder` reads fewer tokens than `max_tokens`."""
    try:
        config = msgspec.json.decode((folder / CONFIG).read_bytes(), type=_Config)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BaseModelError(f"{folder / CONFIG} can not be read: {error}") from error
    n_positions = config.max_position_embeddings - POSITIONS_UNUSED.get(config.model_type, 0)
    if 0 < n_positions < max_tokens:
        raise BaseModelError(f"the base model in {folder} reads {n_positions} tokens, max_tokens is {max_tokens}")


def _download(name: str) -> Path:
    """Download the hub's model `name`, unless the local cache has it, and return its folder."""
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
