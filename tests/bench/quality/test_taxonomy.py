"""The data set that no encoder was fitted on: its products, and the folders that are scored on them."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from bench.quality.command import quality
from bench.quality.taxonomy import Category, Leaf, Taxonomy, Vertical, leaves

PETS = [("p", "Pets", None), ("p-1", "Cats", "p"), ("p-1-1", "Cat Toys", "p-1"), ("p-1-2", "Tunnels", "p-1")]
HOME = [("h", "Home", None), ("h-1", "Garden", "h"), ("h-1-1", "Tunnels", "h-1"), ("h-1-2", "Hoses", "h-1")]
SMALL = Taxonomy("1", [Vertical(rows[0][1], [Category(*row) for row in rows]) for rows in (PETS, HOME)])


def test_a_leaf_has_no_children_and_a_unique_name() -> None:
    assert leaves(SMALL) == [Leaf("Cat Toys", "Cats", "Pets"), Leaf("Hoses", "Garden", "Home")]


def test_a_folder_without_an_encoder_is_refused_before_any_data_is_loaded(tmp_path: Path) -> None:
    result = CliRunner().invoke(quality, [str(tmp_path)])
    assert result.exit_code == 1
    assert "no manifest.json in" in result.output
