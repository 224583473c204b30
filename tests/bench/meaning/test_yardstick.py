"""The generator: the bytes of the yardstick that it was taken from, and what each scenario promises."""

from __future__ import annotations

from collections import Counter, defaultdict
from hashlib import sha256

import pytest

from bench.meaning.events import START_MS, Planted, messages
from bench.meaning.texts import requests_by
from bench.meaning.yardstick import DOMAIN, RARE, RHYTHM, WEEKENDS, Facets, Size, plant
from stream.core.policy import DAY_MS

SIZE = Size(n_users=240)

# Digests of events.jsonl as another program wrote it, the yardstick that this generator must repeat: seed 0, 240 users.
EXPECTED: dict[Facets, str] = {
    "interests": "0c971e854527a5c82ec8142c0a0205c7fdc0cff489caaf30a0b75eb65617e6f2",
    "rhythms": "7552d1bda1176ed114b99a17293cd130fcaf7b902c78a215123eb44da3d155f6",
    "both": "4187300758ecd8991ec23fb9d7e9f475dc3c9db7726938e6ae9d8b68f9c1f72a",
}


@pytest.mark.parametrize(("facets", "digest"), EXPECTED.items(), ids=list(EXPECTED))
def test_the_events_are_those_of_the_yardstick_to_the_byte(facets: Facets, digest: str) -> None:
    lines = b"".join(value + b"\n" for _, value in messages(plant(facets, 0, SIZE).events))
    assert sha256(lines).hexdigest() == digest


def test_another_seed_gives_other_events() -> None:
    assert plant("both", 0, SIZE).events != plant("both", 1, SIZE).events


def test_most_texts_of_a_user_are_from_the_own_domain() -> None:
    planted = plant("interests", 0, SIZE)
    domain_of = {text: domain for domain, texts in requests_by("domain").items() for text in texts}
    own = [domain_of[event.text] == planted.truth[event.user_id][DOMAIN] for event in planted.events]
    assert sum(own) / len(own) == pytest.approx(0.7 + 0.3 / 10, abs=0.02)


def test_texts_say_nothing_about_rhythms() -> None:
    planted = plant("rhythms", 0, SIZE)
    domain_of = {text: domain for domain, texts in requests_by("domain").items() for text in texts}
    most = Counter(domain_of[event.text] for event in planted.events).most_common(1)[0][1]
    assert most / len(planted.events) == pytest.approx(1 / 10, abs=0.02)


def test_rhythms_are_what_they_are_called() -> None:
    planted = plant("both", 0, SIZE)
    weekend, n_events = rhythm_figures(planted)
    assert min(weekend[WEEKENDS]) > 0.3
    assert sum(weekend[WEEKENDS]) / len(weekend[WEEKENDS]) == pytest.approx(0.9, abs=0.05)
    assert max(n_events[RARE]) <= 8


def rhythm_figures(planted: Planted) -> tuple[dict[str, list[float]], dict[str, list[int]]]:
    """Share of events on weekends, and number of events, of each user by rhythm."""
    days = defaultdict[str, list[int]](list)
    for event in planted.events:
        days[event.user_id].append((event.timestamp - START_MS) // DAY_MS % 7)
    weekend, n_events = defaultdict[str, list[float]](list), defaultdict[str, list[int]](list)
    for user, found in days.items():
        rhythm = planted.truth[user][RHYTHM]
        weekend[rhythm].append(sum(day >= 5 for day in found) / len(found))
        n_events[rhythm].append(len(found))
    return weekend, n_events
