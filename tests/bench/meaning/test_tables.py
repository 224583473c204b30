"""Rows, means over seeds, and the command line."""

from __future__ import annotations

from dataclasses import replace

import pytest
from click.testing import CliRunner

from bench.harness.conditions import ROOT
from bench.meaning.command import meaning, print_tables
from bench.meaning.name_figures import NameFigures
from bench.meaning.outcomes import SEGUE, Outcome, Score
from bench.meaning.rows import meaning_rows, name_rows, stability_rows, stranger_rows
from bench.meaning.scenarios import SCENARIOS
from bench.meaning.scores import Agreement, Unknown
from bench.meaning.strangers import Found

OUTCOME = Outcome(
    scenario="interests",
    seed=0,
    scores=(
        Score(SEGUE, "domain", Agreement(0.5, 0.6, 7, 10)),
        Score("k-means", "domain", Agreement(0.9, 0.9, 10, 10)),
    ),
    n_users=100,
    n_segments=9,
    unknown=Unknown(0.01, 0.02, 0.03, None),
    found=(Found(1, 5, 0.8, 0.1),),
    n_models=4,
    changes_per_user=0.5,
    segments=(),
    names=NameFigures(9, common=("my card",), short=("bill",), alike=(("a b", "b a"),), n_read=4, n_groups=10),
    seconds=3.0,
)
OTHER = replace(
    OUTCOME,
    seed=1,
    scores=tuple(replace(score, agreement=Agreement(0.7, 0.8, 8, 10)) for score in OUTCOME.scores),
    n_segments=11,
    unknown=Unknown(0.03, 0.02, 0.05, 0.2),
)


def test_a_row_for_each_seed_and_their_mean() -> None:
    rows = meaning_rows([OUTCOME, OTHER])
    assert [(row.method, row.seed) for row in rows] == [
        *((SEGUE, seed) for seed in ("0", "1", "mean")),
        *(("k-means", seed) for seed in ("0", "1", "mean")),
    ]
    mean = rows[2]
    ari, nmi = mean.ARI, mean.NMI
    assert [ari, nmi] == pytest.approx([0.6, 0.7])
    assert (mean.segments, mean.unknown, mean.worst_fresh_day) == pytest.approx((10, 0.02, 0.2))
    assert mean.own == "7.5/10"


def test_counts_of_segue_are_in_its_own_rows_only() -> None:
    ours, other = meaning_rows([OUTCOME])
    assert (ours.segments, ours.unknown, ours.worst_day, ours.fresh, ours.s) == (9, 0.01, 0.02, 0.03, 3.0)
    assert (other.segments, other.unknown, other.worst_day, other.fresh, other.s) == (None,) * 5


def test_strangers_and_stability_have_a_row_for_each_run() -> None:
    (row,) = stranger_rows([OUTCOME, replace(OTHER, found=())])
    assert (row.seed, row.days, row.n_strangers, row.recall, row.false_unknown) == ("0", 1, 5, 0.8, 0.1)
    assert [(row.seed, row.n_models, row.changes_per_user) for row in stability_rows([OUTCOME, OTHER])] == [
        ("0", 4, 0.5),
        ("1", 4, 0.5),
    ]


def test_names_have_a_row_for_each_run_that_named_a_segment() -> None:
    none = replace(OTHER, names=NameFigures(0, (), (), (), 0, 10))
    (row,) = name_rows([OUTCOME, none])
    assert (row.n_names, row.common_word, row.short, row.alike_pairs, row.read) == (9, 1, 1, 1, "4/10")
    assert row.faulty == "my card; bill; a b = b a"


def test_a_table_without_rows_is_not_printed(capsys: pytest.CaptureFixture[str]) -> None:
    print_tables([replace(OUTCOME, found=())])
    printed = capsys.readouterr().out
    assert "### Segments and the truth" in printed
    assert "### Strangers" not in printed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("margin", "expected NAME=VALUE, got 'margin'"),
        ("marign=0.2", "no setting has the name marign"),
        ("margin=2", "margin must be 0 to below 1"),
    ],
)
def test_a_wrong_setting_ends_the_command_before_anything_runs(text: str, said: str) -> None:
    result = CliRunner().invoke(meaning, ["--set", text])
    assert result.exit_code == 2
    assert said in result.output


def test_the_readme_describes_every_scenario() -> None:
    readme = (ROOT / "bench" / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## meaning\n")[2].partition("\n## ")[0]
    assert [name for name in SCENARIOS if f"| `{name}` |" not in section] == []
