"""The parts of fine-tuning: pairs of windows, objectives, the teacher's vectors and their components, the pupil."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix
from sklearn.decomposition import TruncatedSVD

from export.errors import DataError
from export.finetune.found_again import EarlyAndLate, early_and_late, found_again
from export.finetune.history import WINDOW_ITEMS, History, Person, history_of, read_history
from export.finetune.item_vectors import beginning, item_vectors, principal, window_shares
from export.finetune.objectives import TEMPERATURE, declared_labels, same_person
from export.finetune.recipe import Objectives, by_name
from export.finetune.training import Schedule
from export.finetune.windows import GAP_MS, Labels, WindowPairs, labels_of
from stream.core.text.steps import TextStep
from tests.export.planted_people import DAY_MS, write_people

NONE = TextStep("none")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    file = write_people(tmp_path_factory.mktemp("people") / "events.jsonl")
    return read_history([str(file)], NONE, ["group"])


def person_of(n_events: int, every_ms: int) -> History:
    times = [at * every_ms for at in range(n_events)]
    return history_of([(user, t, f"text {t}") for user in ("a", "b") for t in times], {}, NONE)


def test_equal_texts_after_the_text_step_are_one_and_events_are_in_time_order() -> None:
    rows = [("a", 3, "Red  SHOES"), ("a", 1, "wine"), ("b", 2, "red shoes"), ("b", 5, "<br>")]
    history = history_of(rows, {"a": {"age": "30"}}, TextStep("behaviour-1"))

    assert history.texts == ("red shoes", "wine")
    assert [(p.name, p.texts.tolist(), p.times_ms.tolist()) for p in history.people] == [
        ("a", [1, 0], [1, 3]),
        ("b", [0], [2]),
    ]
    assert history.uses().tolist() == [2, 1]
    assert history.people[0].labels == {"age": "30"}


def test_the_fingerprint_is_of_everything_that_is_learned_from() -> None:
    rows = [("a", 1, "wine"), ("b", 2, "beer")]
    histories = [
        history_of(rows, {}, NONE),
        history_of(rows, {"a": {"age": "30"}}, NONE),
        history_of([("a", 7, "wine"), rows[1]], {}, NONE),
        history_of([("a", 1, "milk"), rows[1]], {}, NONE),
        history_of([("c", 1, "wine"), rows[1]], {}, NONE),
    ]
    assert len({history.fingerprint() for history in histories}) == 5
    assert history_of(reversed(rows), {}, NONE).fingerprint() == histories[0].fingerprint()


def test_two_windows_of_a_pair_are_one_persons_and_do_not_overlap(history: History) -> None:
    pairs = WindowPairs(history, labels_of(history, ["group"]), seed=1)
    for at, person in enumerate(pairs.people[:20]):
        row = pairs[at]
        one, other = row["one"].tolist(), row["other"].tolist()
        assert len(one) == len(other) == min(WINDOW_ITEMS, len(person.texts) // 2)
        texts = person.texts.tolist()
        starts = [
            (i, j)
            for i in range(len(texts) - len(one) + 1)
            for j in range(i + len(one), len(texts) - len(other) + 1)
            if texts[i : i + len(one)] == one and texts[j : j + len(other)] == other
        ]
        assert starts


@pytest.mark.parametrize(("every_ms", "gap_items"), [(DAY_MS, 30), (1000, 0)], ids=["days", "seconds"])
def test_the_second_window_begins_after_the_gap_where_there_is_room(every_ms: int, gap_items: int) -> None:
    pairs = WindowPairs(person_of(300, every_ms), Labels(), seed=2)
    assert GAP_MS == 30 * DAY_MS
    for _ in range(50):
        row = pairs[0]
        times = [[int(pairs.people[0].texts.tolist().index(text)) for text in row[side]] for side in ("one", "other")]
        room = times[0][-1] + gap_items <= 300 - WINDOW_ITEMS
        assert times[1][0] - times[0][-1] >= (gap_items if room else 1)


def test_the_same_seed_draws_the_same_pairs() -> None:
    history = person_of(200, DAY_MS)
    drawn = [[WindowPairs(history, Labels(), seed)[0]["one"].tolist() for _ in range(1)] for seed in (3, 3, 4)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_too_few_events_are_told() -> None:
    with pytest.raises(DataError, match="only 0 people have at least 16 events"):
        WindowPairs(person_of(15, DAY_MS), Labels(), seed=0)


def test_the_same_person_objective_is_info_nce_both_ways_over_prefixes() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(6, 8)), rng.normal(size=(6, 8))

    def by_hand(d: int) -> float:
        a, b = one[:, :d], other[:, :d]
        mean = np.concatenate([a, b]).mean(axis=0)
        a, b = ((x - mean) / np.linalg.norm(x - mean, axis=1, keepdims=True) for x in (a, b))
        scores = a @ b.T / TEMPERATURE
        rows, columns = (np.diag(s) - np.log(np.exp(s).sum(axis=1)) for s in (scores, scores.T))
        return -float((rows.mean() + columns.mean()) / 2)

    loss = same_person(torch.tensor(one), torch.tensor(other), [8, 4])
    assert float(loss) == pytest.approx((by_hand(8) + by_hand(4)) / 2)


def test_who_did_not_declare_a_label_does_not_count() -> None:
    scores = torch.tensor([[2.0, 0.0], [0.0, 1.0], [9.0, 9.0]])
    declared, weights = torch.tensor([[0], [1], [-1]]), torch.tensor([1.0, 3.0])
    losses = np.array([np.log1p(np.exp(-2.0)), np.log1p(np.exp(-1.0))])
    assert float(declared_labels([scores], declared, [weights])) == pytest.approx((losses * [1, 3]).sum() / 4)
    assert float(declared_labels([scores], torch.full((3, 1), -1), [weights])) == 0


def test_found_again_is_the_mean_reciprocal_rank() -> None:
    early = csr_matrix(np.eye(3))
    late = csr_matrix(np.eye(3)[[0, 2, 1]])  # the second and the third are each other
    vectors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], np.float32)
    assert found_again([EarlyAndLate(early, late)], vectors) == pytest.approx((1 + 1 / 3 + 1 / 3) / 3, abs=0.2)
    assert found_again([], vectors) == 0.0


def test_components_are_those_of_peoples_windows(history: History) -> None:
    vectors = np.random.default_rng(1).normal(size=(len(history.texts), 12)).astype(np.float32)
    got = principal(history, vectors, 5)
    windows = window_shares(history)
    mean = (windows @ vectors).mean(axis=0)
    profiles = windows @ vectors - mean
    profiles /= np.linalg.norm(profiles, axis=1, keepdims=True)
    expected = (vectors - mean) @ TruncatedSVD(5, algorithm="arpack").fit(profiles).components_.T
    np.testing.assert_allclose(np.abs(got), np.abs(expected), atol=1e-4)
    np.testing.assert_array_equal(principal(history, vectors, 2), got[:, :2])  # a prefix is the smaller one


def test_a_rare_text_begins_longer() -> None:
    rng = np.random.default_rng(4)
    shares = np.array([0.64] + [0.04] * 9)
    people = [Person(str(n), rng.choice(10, 80, p=shares), np.arange(80), {}) for n in range(30)]
    history = History(tuple(f"text {n}" for n in range(10)), tuple(people))
    vectors = beginning(history, np.eye(10, dtype=np.float32), seed=0)
    often, *rare = np.linalg.norm(vectors, axis=1)
    assert min(rare) > often


def test_training_makes_people_easier_to_find_again(history: History, tmp_path: Path) -> None:
    people = by_name(history)
    said = np.random.default_rng(2).normal(size=(len(history.texts), 6)).astype(np.float32)
    validation = early_and_late(people.validation)
    schedule = Schedule(steps=40, batch=64, rate=5e-3, look_every=20)
    labels = labels_of(people.training, ["group"])
    wide, measures = item_vectors(
        people.training, said, labels, Objectives(1.0, 0.3), validation, tmp_path, 0, 8, schedule
    )

    before = found_again(validation, principal(people.training, beginning(people.training, said, 0), 8))
    assert measures["found"] == pytest.approx(found_again(validation, principal(people.training, wide, 8)))
    assert measures["found"] > before
