"""All that a store says, without the numbers that it gave to segments, users and texts."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import msgspec

from stream.store.store import Store, open_store

_QUERIES = {
    "facts": "SELECT name, value FROM facts WHERE name NOT IN ('revision', 'salt') ORDER BY 1",
    "positions": "SELECT * FROM positions ORDER BY 1, 2",
    "damaged": "SELECT * FROM damaged ORDER BY 1",
    "sizes": "SELECT id, n_users FROM segments WHERE n_users ORDER BY 1",
    "names": "SELECT id, name, rare, retired, value FROM segments WHERE value NOTNULL ORDER BY 1",
    "users": "SELECT u.user, g.id, since_ms, sequence, weight, partition, written_ms, u.value FROM users u "
    "LEFT JOIN segments g ON g.no = u.segment ORDER BY 1",
    "erased": "SELECT count(*), max(written_ms) FROM erased",
    "changes": "SELECT u.user, c.sequence, c.time_ms, o.id, t.id, c.written_ms, c.value FROM changes c "
    "JOIN users u ON u.no = c.user JOIN segments o ON o.no = c.origin JOIN segments t ON t.no = c.target "
    "ORDER BY 1, 2, 3",
    "hours": "SELECT g.id, h.hour, h.n_entered, h.n_left FROM hours h JOIN segments g ON g.no = h.segment "
    "ORDER BY 1, 2",
    "texts": "SELECT kind, text, n FROM texts ORDER BY 1, 2",
    "reasons": "SELECT r.hour, o.id, t.id, x.kind, x.text, r.n, r.micro FROM reasons r "
    "JOIN segments o ON o.no = r.origin JOIN segments t ON t.no = r.target JOIN texts x ON x.no = r.text "
    "ORDER BY 1, 2, 3, 4, 5",
    "samples": "SELECT u.user, s.time_ms, s.written_ms, s.value FROM samples s JOIN users u ON u.no = s.user "
    "ORDER BY 1",
    "profiles": "SELECT u.user, p.partition, p.written_ms, p.time_ms, p.value FROM profiles p "
    "JOIN users u ON u.no = p.user ORDER BY 1",
    "events": "SELECT kind, id, time_ms, status, value FROM events ORDER BY no",
    "models": "SELECT version, value FROM models ORDER BY 1",
}


def dump(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table, numbers replaced by what they stand for."""
    store = open_store(path)
    try:
        return {name: store.rows(query) for name, query in _QUERIES.items()}
    finally:
        store.close()


def recounted(store: Store) -> dict[str, Any]:
    """Return sizes, hours, reasons and texts, counted from the users and changes that the store has."""
    sizes, texts = Counter[str](), Counter[tuple[str, str]]()
    hours: dict[tuple[str, int], list[int]] = defaultdict(lambda: [0, 0])
    reasons: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
    for (value,) in store.rows("SELECT value FROM users WHERE value NOTNULL"):
        sizes[msgspec.json.decode(value)["segment"]["id"]] += 1
    for (value,) in store.rows("SELECT value FROM changes"):
        each = msgspec.json.decode(value)
        hour, a, b = each["decision_time_ms"] // 3_600_000, each["from"]["id"], each["to"]["id"]
        hours[b, hour][0] += 1
        hours[a, hour][1] += 1
        found = [("item", item["text"], item["contribution"]) for item in each["evidence"]["items"]]
        found += [("feature", item["words"], item["contribution"]) for item in each["evidence"]["features"]]
        for kind, text, part in found:
            texts[kind, text] += 1
            reasons[hour, a, b, kind, text][0] += 1
            reasons[hour, a, b, kind, text][1] += round(part * 1_000_000)
    return {
        "sizes": sorted(sizes.items()),
        "hours": sorted((*key, *counts) for key, counts in hours.items()),
        "texts": sorted((*key, n) for key, n in texts.items()),
        "reasons": sorted((*key, *sums) for key, sums in reasons.items()),
    }
