"""Rows of a report by the number of users: everything fitted, then with the layout kept, beside t-SNE alone.

Each is a program of its own, with its imports: `segue report --as-is` twice on one store. The reference is
scikit-learn's t-SNE in two dimensions, with its own settings, of the landmarks of that report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.harness.part import Part
from bench.report.seconds import Spent, spent
from stream.maps.methods import Method
from stream.store.policy import StorePolicy

_TRUST = re.compile(r"^(\S+, \d-D): trustworthiness (\d\.\d+),")
_VERB = ["-m", "stream.cli.main"]
_VERB_WITHOUT_UMAP = ["-c", "import sys; sys.modules['umap'] = None; from stream.cli.main import main; main()"]
_LIBRARY = """
import sys
import numpy as np
from sklearn.manifold import TSNE
TSNE(random_state=0).fit_transform(np.load(sys.argv[1])["vectors"])
"""


@dataclass(frozen=True)
class Sizes:
    """Numbers of users, whose profiles are all in the store. UMAP compiles for seconds, so a quick look has none."""

    n_users: tuple[int, ...]
    with_umap: bool = True

    def __post_init__(self) -> None:
        if max(self.n_users) > (most := StorePolicy().keep_profiles):
            raise ValueError(f"a store keeps the profiles of {most} users")


@dataclass(frozen=True)
class Row:
    """A program: CPU and wall seconds, most resident memory, MB of the file, and trustworthiness of each map."""

    n_users: int
    what: str
    cpu_s: float
    wall_s: float
    memory_mb: int
    file_mb: float | None = None
    tsne_2d: float | None = None
    umap_2d: float | None = None
    tsne_3d: float | None = None
    umap_3d: float | None = None


def measure(sizes: Sizes) -> list[Row]:
    """Return three rows for each number of users."""
    return [row for n_users in sizes.n_users for row in _rows(n_users, sizes.with_umap)]


def _rows(n_users: int, with_umap: bool) -> list[Row]:
    verb = _VERB if with_umap else _VERB_WITHOUT_UMAP
    with TemporaryDirectory() as folder:
        store, layout, out = (Path(folder) / name for name in ("made.store", "layout.npz", "report.html"))
        spent(["-m", "bench.report.users", str(store), str(n_users)])
        report = [f"--{name}={path}" for name, path in (("store", store), ("layout", layout), ("out", out))]
        rows = [
            _report_row(n_users, what, spent([*verb, "report", "--as-is", *report]), out)
            for what in ("report, everything fitted", "report, layout kept")
        ]
        alone = spent(["-c", _LIBRARY, str(layout)])
    return [*rows, Row(n_users, "t-SNE, 2-D, alone", alone.cpu_s, alone.wall_s, alone.memory_mb)]


def trust_of(lines: Iterable[str]) -> dict[str, float]:
    """Return the trustworthiness of each map, by its method in words, from the lines that the verb prints."""
    return {found[1]: float(found[2]) for found in map(_TRUST.match, lines) if found}


def _report_row(n_users: int, what: str, took: Spent, out: Path) -> Row:
    trust = trust_of(took.lines)
    methods = Method.TSNE_2D, Method.UMAP_2D, Method.TSNE_3D, Method.UMAP_3D
    return Row(
        n_users,
        what,
        took.cpu_s,
        took.wall_s,
        took.memory_mb,
        out.stat().st_size / 1e6,
        *(trust.get(method.words) for method in methods),
    )


PART = Part(
    title="Reports by users",
    aim="the file below 5 MB",
    full=Sizes(n_users=(5_000, 50_000)),
    quick=Sizes(n_users=(300,), with_umap=False),
    measure=measure,
)
