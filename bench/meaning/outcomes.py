"""One scenario and seed: the replay, and everything that the tables show of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bench.harness.setting_texts import settings_with
from bench.meaning.baselines import FEATURES, Spaces, cluster, feature_space, text_spaces
from bench.meaning.events import Planted
from bench.meaning.name_figures import NameFigures, name_figures
from bench.meaning.replayed import Replayed, replay
from bench.meaning.scenarios import Scenario
from bench.meaning.scores import Agreement, Unknown, agreement, answers, large_segments, unknown
from bench.meaning.segment_rows import SegmentRow, segment_rows
from bench.meaning.strangers import Found, found
from bench.meaning.yardstick import RHYTHM, Size
from stream.core.encoder import Encoder

SEGUE = "Segue"
FOUND_DAYS = (1, 3, 7)


@dataclass(frozen=True)
class Score:
    """Agreement of one method with one facet of the truth."""

    method: str
    facet: str
    agreement: Agreement


@dataclass(frozen=True)
class Outcome:
    """Figures of one run, of users of known kinds. `n_segments` counts the large ones, changes are between answers."""

    scenario: str
    seed: int
    scores: tuple[Score, ...]
    n_users: int
    n_segments: int
    unknown: Unknown
    found: tuple[Found, ...]
    n_models: int
    changes_per_user: float
    segments: tuple[SegmentRow, ...]
    names: NameFigures
    seconds: float


def run(
    scenario: Scenario, seed: int, size: Size, encoder: Encoder, texts: Mapping[str, str], with_baselines: bool
) -> Outcome:
    """Replay a scenario with the settings of `texts` over its own, and score it."""
    planted = scenario.plant(seed, size)
    replayed = replay(planted, settings_with({**scenario.settings, **texts}), encoder)
    known = {user: timeline for user, timeline in replayed.timelines.items() if user not in planted.strangers}
    said = answers(known)
    n_segments = len(large_segments(list(said.values())))
    texts_of_users = planted.texts_of_users()
    windows = {user: texts_of_users[user] for user in said}
    spaces = _spaces(windows, replayed, encoder) if with_baselines and scenario.has_groups else {}
    follows = scenario.follows or planted.facets[0]
    groups = {user: planted.truth[user][follows] for user in said}
    rows = segment_rows(scenario.name, seed, replayed.named, said, groups)
    n_moves = sum(change.is_move for timeline in known.values() for change in timeline)
    return Outcome(
        scenario.name,
        seed,
        tuple(_scores(planted, said, spaces, n_segments)),
        len(said),
        n_segments,
        unknown(known, planted.n_days),
        tuple(found(planted, replayed.timelines, days) for days in FOUND_DAYS) if planted.strangers else (),
        replayed.n_models,
        n_moves / max(len(said), 1),
        tuple(rows),
        name_figures(rows, windows, planted.group_texts if follows == planted.facets[0] else {}),
        replayed.seconds,
    )


def _spaces(windows: Mapping[str, Sequence[str]], replayed: Replayed, encoder: Encoder) -> Spaces:
    features = feature_space([replayed.features[user] for user in windows])
    return {**text_spaces(list(windows.values()), encoder), FEATURES: features}


def _scores(planted: Planted, said: Mapping[str, str], spaces: Spaces, n_segments: int) -> Iterator[Score]:
    for facet in planted.facets:
        truth = [planted.truth[user][facet] for user in said]
        yield Score(SEGUE, facet, agreement(truth, list(said.values())))
        for method, space in spaces.items():
            if (method == FEATURES) == (facet == RHYTHM):
                yield Score(f"{method}, true k", facet, agreement(truth, cluster(space, len(set(truth)))))
                yield Score(f"{method}, Segue's k", facet, agreement(truth, cluster(space, n_segments)))
