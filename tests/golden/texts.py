"""Texts to test encoders on: the demo's, many scripts, and odd ones."""

from __future__ import annotations

import numpy as np

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
TEXTS = DEMO + OTHER


def many_texts(n: int) -> list[str]:
    """`n` distinct texts of mixed lengths and scripts: TEXTS, and others from their words."""
    words = [word for text in TEXTS for word in text.split()[:12]]
    rng = np.random.default_rng(7)
    made = {" ".join(rng.choice(words, size)) for size in rng.geometric(0.12, size=2 * n)}
    return TEXTS + sorted(made - set(TEXTS))[: n - len(TEXTS)]
