"""Write minilm_vectors.json: what torch says the default model's vectors are. Needs the extra `export`.

python -m tests.golden.make_minilm_vectors
"""

from __future__ import annotations

import json
from pathlib import Path

from export.default import default_reference
from export.reference import reference_vectors

DEMO = [
    "fluid milk products fluid milk white only",
    "bananas bananas",
    "soft drinks soft drinks 12/18&15pk can car",
    "beef angus/premium chuck - roasts & steaks",
    "cigarettes cigarettes",
    "baked bread mainstream white bread",
    "bag snacks potato chips",
    "frzn meat/meat dinners frzn ss premium meals",
    "cheese shredded cheese",
    "infant formula infant formula starter/solutions",
    "dog foods dog food wet (all)",
    "beers/ales beeralemalt liquors",
    "domestic wine popular 750ml wines",
    "diapers & disposables diapers",
    "vitamins vitamin - minerals",
    "candy - packaged candy bars (singles)(including)",
    "greeting cards/wrap/party sply cards everyday",
    "gasoline gasoline-reg unleaded",
    "seafood - frozen seafood-frz-rw-all",
    "magazine magazine (specialty)",
]
OTHER = [
    "",
    " ",
    "a",
    "?!...",
    "🛒",
    "🍕🍕🍕 best pizza ever 😍",
    "牛奶",
    "我想买一台新的笔记本电脑",
    "Straße naïve café ÀÉÎÕÜ",
    "Купить молоко недорого",
    "خبز طازج",
    "ユーザーは赤い靴を探しています",
    "ALL CAPS SALE NOW!!!",
    "https://shop.example/p/12345?ref=mail&utm=x",
    "line one\nline two\ttabbed\x00null",
    "how do i return a pair of shoes that i bought last week",
    "refund",
    "nvidia rtx 5090 graphics card 32gb",
    "antidisestablishmentarianism" * 5,
    " ".join(f"word{i}" for i in range(1000)),
]


def main() -> None:
    texts = DEMO + OTHER
    made = default_reference()
    vectors = reference_vectors(made.module, made.tokenizer, texts)
    rows = [{"text": t, "vector": [round(float(x), 5) for x in v]} for t, v in zip(texts, vectors, strict=True)]
    lines = ",\n".join(json.dumps(row) for row in rows)
    Path(__file__).with_name("minilm_vectors.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
