"""`python -m bench report`: the store that it makes can be reported on, and a program's cost is that program's."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from bench.harness.deployment import BenchmarkError
from bench.harness.part import Part
from bench.report.file import PART, Sizes, measure, trust_of
from bench.report.seconds import spent
from bench.report.users import write_store
from bench.segments.themes import THEMES, build_catalogue
from stream.maps.methods import Method
from stream.report.report import Report
from stream.report.sampled import read_sampled
from stream.store.queries.flows import flows
from stream.store.queries.segments import segment_rows
from stream.store.store import newest_ms, oldest_ms, open_store
from tests.fakes import HashEncoder
from tests.report.made_figures import made_figures

N_USERS = 200


def test_the_store_has_users_in_segments_with_profiles_and_reasons(tmp_path: Path) -> None:
    bought = Counter({f"{words[0]} {at}": 20 - at for words in THEMES.values() for at in range(12)})
    bought.update({f"milk {at}": 50 for at in range(30)})
    write_store(tmp_path / "made.store", N_USERS, build_catalogue(bought, HashEncoder(32)))
    store = open_store(tmp_path / "made.store")
    try:
        sampled, why = read_sampled(store)
        found = flows(store, oldest_ms(store), newest_ms(store))
        n_users = sum(row.n_users for row in segment_rows(store))
    finally:
        store.close()
    assert sampled is not None, why
    assert 0.9 * N_USERS <= n_users <= len(sampled.frame.users) <= N_USERS
    assert len(sampled.model.ids) > 1
    assert {reason.text for flow in found for reason in flow.reasons} & set(bought)


def test_the_part_has_full_sizes_and_smaller_ones() -> None:
    assert isinstance(PART, Part)
    assert max(PART.quick.n_users) < min(PART.full.n_users)


def test_more_users_than_a_store_keeps_are_refused() -> None:
    with pytest.raises(ValueError, match="50000"):
        Sizes(n_users=(50_001,))


def test_the_trustworthiness_of_each_map_is_read_from_what_the_verb_prints() -> None:
    figures = made_figures(n_mapped=40)
    assert trust_of(Report(figures, "hashes").lines()) == {
        Method(each.method).words: pytest.approx(each.trustworthiness) for each in figures.maps
    }


def test_a_small_run_has_files_below_the_bound_and_the_same_maps_twice() -> None:
    fitted, kept, alone = measure(Sizes(n_users=(60,), with_umap=False))
    assert 0 < (fitted.file_mb or 0) < 5
    assert (fitted.tsne_2d, fitted.tsne_3d) == (kept.tsne_2d, kept.tsne_3d)
    assert 0.5 < (fitted.tsne_2d or 0) <= 1
    assert fitted.umap_2d is None
    assert alone.file_mb is None


def test_the_memory_and_the_time_of_a_program_are_counted() -> None:
    small = spent(["-c", "print('done')"])
    large = spent(["-c", "held = bytes(200_000_000); sum(range(3_000_000))"])
    assert small.lines == ("done",)
    assert large.memory_mb > 190
    assert large.cpu_s > small.cpu_s


def test_a_program_that_fails_is_an_error_with_its_words() -> None:
    with pytest.raises(BenchmarkError, match="no such store"):
        spent(["-c", "raise SystemExit('no such store')"])
