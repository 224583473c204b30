"""All scenarios by name, in the order of the tables, with settings that differ from the defaults."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from bench.meaning.events import Planted
from bench.meaning.long_tail import plant_long_tail
from bench.meaning.strangers import plant_strangers
from bench.meaning.warm_ups import plant_identical, plant_scripted
from bench.meaning.yardstick import RHYTHM, Facets, Size, plant

FOLLOW_RHYTHMS = {"semantic_weight": "0.1"}  # the setting that turns segments from texts to behaviour
FULL, QUICK = Size(), Size(n_users=300, n_days=20, n_domains=4)


@dataclass(frozen=True)
class Scenario:
    """A planted scenario: `plant(seed, size)`, with texts of settings by name."""

    name: str
    plant: Callable[[int, Size], Planted]
    settings: Mapping[str, str] = field(default_factory=dict)
    follows: str = ""  # the facet that segments follow by these settings; "" is the first one
    is_quick: bool = False
    has_groups: bool = True  # without groups there is nothing for a baseline to find


def _unsized(plant_all: Callable[[int], Planted]) -> Callable[[int, Size], Planted]:
    return lambda seed, _: plant_all(seed)


def _yardstick(facets: Facets) -> Scenario:
    return Scenario(facets, partial(plant, facets), is_quick=True)


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        _yardstick("interests"),
        _yardstick("rhythms"),
        _yardstick("both"),
        Scenario("both, by rhythm", partial(plant, "both"), FOLLOW_RHYTHMS, RHYTHM, is_quick=True),
        Scenario("long tail", _unsized(plant_long_tail)),
        Scenario("strangers", plant_strangers),
        Scenario("scripted warm-up", _unsized(plant_scripted)),
        Scenario("identical users", _unsized(plant_identical), has_groups=False),
    )
}
