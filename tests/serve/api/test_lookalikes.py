"""Users like a seed audience are those of the room's search, over the profiles that the store has now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from stream.lookalike.pool import PoolBuilder
from stream.lookalike.search import look_alike
from stream.serve.api.audiences import SeedAudience
from stream.wire.records import ProducerRecord
from stream.wire.topics import USER_PROFILES, USER_SEGMENTS
from tests.lookalike.crowd import crowd, group_of
from tests.serve.filled import IDENTITY, asking, parts, write

CROWD = crowd(60)
SEEDS = [each.user for each in CROWD if group_of(each.user) == 1][:5]
RECORDS = [ProducerRecord(USER_PROFILES, each.user.encode(), msgspec.json.encode(each), []) for each in CROWD]


def answer(folder: Path, records: Sequence[ProducerRecord], member_ids: bool = True, **body: Any) -> dict[str, Any]:
    """Return the answer of a server over a store of these records."""
    write(folder / "store.db", records)
    made = replace(parts(folder / "store.db"), identity=replace(IDENTITY, member_ids=member_ids))
    with asking(made) as client:
        found: dict[str, Any] = client.post("/api/v1/lookalike", json=body).json()
    return found


def test_the_answer_is_that_of_the_search(tmp_path: Path) -> None:
    found = answer(tmp_path, RECORDS, seeds=["nobody", *SEEDS], n=7)
    builder = PoolBuilder()
    for each in CROWD:
        builder.put(each)
    expected = look_alike(builder.pool(), SEEDS, 7)
    assert [item["user"] for item in found["items"]] == [each.user for each in expected.users]
    assert {group_of(item["user"]) for item in found["items"]} == {1}
    assert (found["unknown"], found["n_seeds"], found["n_profiles"]) == (["nobody"], 5, 60)


def test_users_are_hashes_unless_ids_are_allowed(tmp_path: Path) -> None:
    found = answer(tmp_path, RECORDS, member_ids=False, seeds=SEEDS, n=3)
    assert {item["user"] for item in found["items"]} <= {IDENTITY.shown_user(each.user) for each in CROWD}


def test_an_erased_user_is_in_no_answer_and_no_seed(tmp_path: Path) -> None:
    (tmp_path / "before").mkdir()
    first = answer(tmp_path / "before", RECORDS, seeds=SEEDS, n=1)["items"][0]["user"]
    for topic in (USER_PROFILES, USER_SEGMENTS):
        folder = tmp_path / topic
        folder.mkdir()
        gone = [ProducerRecord(topic, user.encode(), None, []) for user in (first, SEEDS[0])]
        found = answer(folder, [*RECORDS, *gone], seeds=SEEDS, n=60)
        assert first not in {item["user"] for item in found["items"]}
        assert (found["unknown"], found["n_profiles"]) == ([SEEDS[0]], 58)


def test_without_n_it_is_a_hundred() -> None:
    assert msgspec.json.decode(b'{"seeds": ["ann"]}', type=SeedAudience).n == 100
