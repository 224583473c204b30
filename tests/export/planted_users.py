"""Users with a taste: each likes three of twelve things, and the declared group follows from the first."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from tests.export.tiny_models import CHARACTERS, WORDS

DAY_MS = 86_400_000
N_USERS = 100
N_EVENTS = 48


def write_users(file: Path, *, chinese: bool = False, groups: tuple[str, str] = ("sweet", "sour")) -> Path:
    """A file of user events: N_USERS users with N_EVENTS each, one a day, and an identify message for each."""
    rng = np.random.default_rng(7)
    things = [CHARACTERS[at : at + 2] for at in range(0, 24, 2)] if chinese else WORDS[:12]
    tastes = [rng.permutation(12)[:3] for _ in range(N_USERS)]
    lines: list[dict[str, object]] = [
        {"type": "identify", "userId": f"user {n}", "traits": {"group": groups[int(taste[0] < 6)]}}
        for n, taste in enumerate(tastes)
    ]
    for day in range(N_EVENTS):
        for n, taste in enumerate(tastes):
            liked = rng.choice(taste, p=[0.6, 0.2, 0.2]) if rng.random() < 0.8 else rng.integers(12)
            text = things[liked] + (f" {things[rng.integers(12)]}" if rng.random() < 0.2 else "")
            time_ms = 1_700_000_000_000 + day * DAY_MS + n
            lines.append({"user_id": f"user {n}", "timestamp": time_ms, "text": text, "kind": "view"})
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return file
