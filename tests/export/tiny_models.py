"""Models of every architecture, small enough to make in a test: two layers, 32 dimensions, a vocabulary of some words.

    make_tiny("xlnet", folder, seed=5)      a folder as Hugging Face writes it: config, weights, tokenizer
    python -m tests.export.tiny_models xlnet FOLDER [--seed 5]

Each has the kind of tokenizer that its real sisters have: WordPiece, byte-level BPE, SentencePiece's unigrams. The
weights are random, wide enough that texts differ. The same architecture and seed give the same folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

ARCHITECTURES = ("bert", "minilm", "distilbert", "electra", "roberta", "mpnet", "xlnet", "chinese")
MAX_TOKENS = 32  # what these models can read
POSITIONS = MAX_TOKENS + 8  # room for the first positions that RoBERTa and MPNet do not use
HIDDEN = 32

WORDS = [
    "milk", "bread", "eggs", "wine", "beer", "soap", "shoes", "red", "fresh", "frozen", "large", "cheap", "and", "of",
]  # fmt: skip
CHARACTERS = "牛奶面包鸡蛋红酒啤肥皂鞋新鲜冷冻大便宜和的买搜索超市"
EMOJI = "🍞🥛"

Special = dict[str, str]  # the name that transformers has for a token → the token


@dataclass(frozen=True)
class _Kind:
    """A recipe for the folder of one architecture."""

    model_type: str
    tokenizer: Callable[[], tuple[Tokenizer, Special]]
    config: dict[str, int]


def make_tiny(architecture: str, folder: Path, seed: int = 5) -> Path:
    """Write the tiny model `architecture` (one of ARCHITECTURES) to `folder`, which is returned."""
    import torch
    import transformers

    kind = _KINDS[architecture]
    tokenizer, special = kind.tokenizer()
    api: Any = transformers
    side = "left" if architecture == "xlnet" else "right"
    made = api.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, padding_side=side, model_max_length=MAX_TOKENS, **special
    )
    made.save_pretrained(folder)
    torch.manual_seed(seed)
    ids = {f"{name.removesuffix('_token')}_token_id": tokenizer.token_to_id(token) for name, token in special.items()}
    known = {name: i for name, i in ids.items() if name in ("pad_token_id", "bos_token_id", "eos_token_id")}
    config = api.AutoConfig.for_model(
        kind.model_type, vocab_size=tokenizer.get_vocab_size(), initializer_range=0.3, **known, **kind.config
    )
    api.AutoModel.from_config(config).save_pretrained(folder)
    return folder


def texts_of(architecture: str, n: int = 120) -> list[str]:
    """`n` distinct texts that the tiny model's tokenizer knows, sorted; of 1 to 12 words."""
    import numpy as np

    rng = np.random.default_rng(11)
    words = [*CHARACTERS, *EMOJI, *WORDS] if architecture == "chinese" else WORDS
    joint = "" if architecture == "chinese" else " "
    return sorted({joint.join(rng.choice(words, rng.integers(1, 13))) for _ in range(2 * n)})[:n]


def _word_piece(tokens: list[str], special: Special) -> tuple[Tokenizer, Special]:
    """Words in the order of `special` and `tokens`; a text stands between the tokens "cls" and "sep"."""
    first, last = special["cls_token"], special["sep_token"]
    vocabulary = {word: i for i, word in enumerate([*dict.fromkeys(special.values()), *tokens])}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token=special["unk_token"]))
    tokenizer.normalizer = normalizers.BertNormalizer(handle_chinese_chars=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing((last, vocabulary[last]), (first, vocabulary[first]))
    tokenizer.decoder = decoders.WordPiece()
    return tokenizer, special


def _bert_words() -> tuple[Tokenizer, Special]:
    return _word_piece(WORDS, _BERT)


def _chinese_characters() -> tuple[Tokenizer, Special]:
    return _word_piece([*CHARACTERS, *EMOJI, *WORDS], _BERT)


def _mpnet_words() -> tuple[Tokenizer, Special]:
    return _word_piece(WORDS, _MPNET)


def _byte_pairs() -> tuple[Tokenizer, Special]:
    special = {"bos_token": "<s>", "pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>"}
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=[*special.values(), "<mask>"], initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(_corpus(), trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), add_prefix_space=False)
    return tokenizer, {**special, "cls_token": "<s>", "sep_token": "</s>", "mask_token": "<mask>"}


def _unigrams() -> tuple[Tokenizer, Special]:
    names = ["<unk>", "<s>", "</s>", "<cls>", "<sep>", "<pad>", "<mask>"]
    letters = sorted(set("".join(WORDS)) | {"▁"})
    pieces = [*((f"▁{word}", -3.0) for word in WORDS), *((letter, -6.0) for letter in letters)]
    tokenizer = Tokenizer(models.Unigram([(name, 0.0) for name in names] + pieces, unk_id=0))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace("  ", " ")])
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens(names)
    ends = [("<sep>", names.index("<sep>")), ("<cls>", names.index("<cls>"))]  # XLNet sums a text up at its end
    tokenizer.post_processor = processors.TemplateProcessing(single="$A:0 <sep>:0 <cls>:2", special_tokens=ends)
    tokens = {"unk": "<unk>", "bos": "<s>", "eos": "</s>", "cls": "<cls>", "sep": "<sep>", "pad": "<pad>"}
    return tokenizer, {f"{name}_token": token for name, token in tokens.items()} | {"mask_token": "<mask>"}


def _corpus() -> Iterator[str]:
    for first in WORDS:
        yield from (f"{first} {second}" for second in WORDS)


_BERT = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
_MPNET = {
    "bos_token": "<s>",
    "pad_token": "<pad>",
    "eos_token": "</s>",
    "unk_token": "[UNK]",
    "mask_token": "<mask>",
    "cls_token": "<s>",
    "sep_token": "</s>",
}  # padding is token 1, from which its positions are counted
_SIZES = {
    "hidden_size": HIDDEN,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    "max_position_embeddings": POSITIONS,
}
_DISTIL_SIZES = {"dim": HIDDEN, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "max_position_embeddings": POSITIONS}
_KINDS = {
    "bert": _Kind("bert", _bert_words, _SIZES),
    "minilm": _Kind("bert", _bert_words, {**_SIZES, "num_hidden_layers": 3, "intermediate_size": 96}),
    "distilbert": _Kind("distilbert", _bert_words, _DISTIL_SIZES),
    "electra": _Kind("electra", _bert_words, {**_SIZES, "embedding_size": 16}),
    "roberta": _Kind("roberta", _byte_pairs, {**_SIZES, "type_vocab_size": 1}),
    "mpnet": _Kind("mpnet", _mpnet_words, _SIZES),
    "xlnet": _Kind("xlnet", _unigrams, {"d_model": HIDDEN, "n_layer": 2, "n_head": 4, "d_inner": 64}),
    "chinese": _Kind("bert", _chinese_characters, _SIZES),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("architecture", choices=ARCHITECTURES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=5)
    arguments = parser.parse_args()
    make_tiny(arguments.architecture, arguments.folder, arguments.seed)


if __name__ == "__main__":
    main()
