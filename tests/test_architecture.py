"""What may import what, and how long things may be. Every check is itself checked on a snippet that breaks it."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE_LINES_MAX = 200
FUNCTION_LINES_MAX = 30

IMPURE = frozenset(
    {"asyncio", "datetime", "glob", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select",
     "shutil", "signal", "socket", "subprocess", "tempfile", "threading", "time", "urllib", "uuid"}
)  # fmt: skip
# The kernel is compiled and loaded once, before any value goes through it.
COMPILED = ("stream.core.kernel.build", "stream.core.kernel.library")
PACKING = "stream.core.traits_bytes"  # traits are msgpack in the kernel's memory, as in the changelog
PURE_MAY = (sys.stdlib_module_names - IMPURE) | {"numpy", "scipy", "sklearn"}
HEAVY = frozenset({"torch", "transformers", "sentence_transformers", "onnx", "onnxscript"})

# The rooms of `stream` from the ground up, each with the rooms it may import: all of them above its own line.
_BELOW = {
    "core": "",
    "training": "core",
    "wire": "core training",
    "files": "core wire",
    "onnx": "core",
    "runtime": "core wire",
    "formats": "core wire files runtime",
    "jobs": "core training wire runtime",
    "replay": "core wire runtime jobs",
    "kafka": "core training wire runtime",
    "store": "core wire runtime kafka",
    "observability": "core training onnx runtime",
    "engines": "wire runtime kafka",
    "sink": "core kafka observability store wire",
    "settings": "core training runtime kafka formats engines onnx store sink",
    "backfill": "core wire files runtime jobs replay kafka engines",
    "devkafka": "",
    "bootstrap": "core training wire onnx runtime formats jobs replay kafka observability engines settings",
    "explain": "core wire onnx kafka settings bootstrap",
    "web": "",
    "maps": "core runtime store",
    "lookalike": "core wire",
    "serve": "core training wire onnx kafka store settings explain web maps lookalike",
    "report": "core training wire runtime store maps serve web",
    "api": "core wire files settings bootstrap report",
    "demo": "core wire files kafka devkafka",
    "cli": "core training wire files onnx runtime replay formats kafka observability settings devkafka bootstrap "
    "backfill demo store sink maps explain lookalike serve report",
}
BELOW = {room: frozenset(rooms.split()) for room, rooms in _BELOW.items()}
EXPORT_MAY = frozenset({"core", "wire", "files", "onnx"})
APPS_MAY = frozenset({"core", "wire", "onnx", "kafka"})

Rule = Callable[[str, str], bool]


def imports(module: str, source: str) -> Iterator[str]:
    """Dotted names that a module imports, anywhere in it, the imported attribute last."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(origin, names, level):
                package = ".".join(module.split(".")[:-level]) + "." if level else ""
                yield from (f"{package}{origin or ''}.{alias.name}".replace("..", ".") for alias in names)
            case ast.Call(ast.Name("__import__" | "import_module"), [ast.Constant(str(name)), *_]):
                yield name
            case ast.Call(ast.Attribute(_, "import_module"), [ast.Constant(str(name)), *_]):
                yield name


def within(name: str, *packages: str) -> bool:
    """Whether a dotted name is, or is in, one of the packages."""
    return any(name == package or name.startswith(package + ".") for package in packages)


def core_and_training_are_pure(module: str, name: str) -> bool:
    """Core and training import the pure part of the standard library, arithmetic, and Segue's own pure rooms."""
    if not within(module, "stream.core", "stream.training") or module in COMPILED:
        return True
    return within(name, "stream") or _root(name) in PURE_MAY or (module == PACKING and within(name, "msgspec"))


def rooms_import_only_rooms_below(module: str, name: str) -> bool:
    """A room of `stream` imports itself and the rooms that BELOW lists for it."""
    room, other = room_of(module), room_of(name)
    return room is None or other is None or room == other or other in BELOW[room]


def only_the_faust_engine_imports_faust(module: str, name: str) -> bool:
    """Faust is an extra, and so are its dependencies."""
    return not within(name, "faust", "aiokafka", "mode") or within(module, "stream.engines.faust")


def stream_never_imports_export_or_bench(module: str, name: str) -> bool:
    """A worker needs neither the tools that make encoders nor the measurements."""
    return not (within(module, "stream") and within(name, "export", "bench", "tests"))


def export_knows_only_the_lower_rooms(module: str, name: str) -> bool:
    """The export uses encoders, texts, files and wire formats, and no engine or verb."""
    return not within(module, "export") or not within(name, "stream") or room_of(name) in EXPORT_MAY


def applications_know_what_a_consumer_knows(module: str, name: str) -> bool:
    """An application uses the records of the contract and the reader, and no part that makes them."""
    return not within(module, "apps") or not within(name, "stream") or room_of(name) in APPS_MAY


def only_the_verb_imports_an_application(module: str, name: str) -> bool:
    """Segue runs without its applications; the settings of all are known to the command line."""
    return not within(name, "apps") or within(module, "apps", "stream.cli.app") or within(name, "apps.settings")


def stream_never_imports_a_training_framework(module: str, name: str) -> bool:
    """A worker is small."""
    return not (within(module, "stream") and within(name, *HEAVY))


def one_engine_does_not_import_another(module: str, name: str) -> bool:
    """Engines share the runtime only."""
    if not within(module, "stream.engines") or not within(name, "stream.engines"):
        return True
    return module == "stream.engines.registry" or module.split(".")[2:3] == name.split(".")[2:3]


RULES: list[Rule] = [
    core_and_training_are_pure,
    rooms_import_only_rooms_below,
    only_the_faust_engine_imports_faust,
    stream_never_imports_export_or_bench,
    export_knows_only_the_lower_rooms,
    applications_know_what_a_consumer_knows,
    only_the_verb_imports_an_application,
    stream_never_imports_a_training_framework,
    one_engine_does_not_import_another,
]


def room_of(name: str) -> str | None:
    """Return the room of `stream` that a dotted name is in; None outside of `stream`."""
    parts = name.split(".")
    return parts[1] if parts[0] == "stream" and len(parts) > 1 and parts[1] in BELOW else None


def _root(name: str) -> str:
    return name.split(".")[0]


def breaches(rule: Rule, module: str, source: str) -> list[str]:
    """The imports of a module that a rule forbids."""
    return [f"{module} imports {name}" for name in imports(module, source) if not rule(module, name)]


def too_long(module: str, source: str) -> list[str]:
    """What of a module is longer than it may be."""
    n_lines = len(source.splitlines())
    found = [f"{module} has {n_lines} lines"] if n_lines > MODULE_LINES_MAX else []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            n_lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if n_lines > FUNCTION_LINES_MAX:
                found.append(f"{module}.{node.name} has {n_lines} lines")
    return found


def defines_a_test(source: str) -> bool:
    """Return True if a module has a function whose name begins with `test_`."""
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    return any(function.name.startswith("test_") for function in functions)


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of every module of `stream`, `export` and `apps`."""
    for path in sorted(path for package in ("stream", "export", "apps") for path in (ROOT / package).rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts), path.read_text(encoding="utf-8")


def cycle(arrows: dict[str, set[str]]) -> list[str]:
    """Return the names on one cycle of a graph, the first name again at the end; empty without a cycle."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def arrows_in(folder: str, sources: dict[str, str]) -> dict[str, set[str]]:
    """Return the arrows between the modules and packages that lie directly in a folder, given as a dotted name."""
    depth = folder.count(".") + 1
    arrows: dict[str, set[str]] = defaultdict(set)
    for module, source in sources.items():
        if not within(module, folder) or module in (folder, f"{folder}.__init__"):
            continue
        child = module.split(".")[depth]
        targets = {name.split(".")[depth] for name in imports(module, source) if name.startswith(f"{folder}.")}
        arrows[child] |= targets - {child}
    return {child: {target for target in targets if target in arrows} for child, targets in arrows.items()}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_holds(rule: Rule) -> None:
    assert [breach for module, source in modules() for breach in breaches(rule, module, source)] == []


def test_the_architecture_page_lists_the_rooms_and_their_imports() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \|[^|]*\|([^|]*)\|$", page, re.MULTILINE)
    assert {room: frozenset(re.findall(r"`(\w+)`", below)) for room, below in rows} == BELOW


def test_every_room_is_listed() -> None:
    found = {module.split(".")[1] for module, _ in modules() if module.startswith("stream.")} - {"__init__"}
    assert found == set(BELOW)


def test_a_room_lists_only_rooms_above_its_own_line() -> None:
    known: set[str] = set()
    for room, below in BELOW.items():
        assert below <= known
        known.add(room)


def test_every_permission_is_used() -> None:
    used: dict[str, set[str]] = defaultdict(set)
    for module, source in modules():
        own = room_of(module) or _root(module)
        used[own] |= {room for name in imports(module, source) if (room := room_of(name)) and room != own}
    assert {room: below - used[room] for room, below in BELOW.items() if below - used[room]} == {}
    assert EXPORT_MAY - used["export"] == frozenset()
    assert APPS_MAY - used["apps"] == frozenset()


def test_no_folder_has_a_cycle_among_its_parts() -> None:
    sources = dict(modules())
    folders = {module.rsplit(".", 1)[0] for module in sources}
    assert {folder: found for folder in sorted(folders) if (found := cycle(arrows_in(folder, sources)))} == {}


def test_a_cycle_among_packages_is_found() -> None:
    sources = {"p.a.x": "from p.b.y import n", "p.b.y": "import p.c", "p.b.z": "", "p.c": "from p.a import x"}
    assert set(cycle(arrows_in("p", sources))) == {"a", "b", "c"}
    assert cycle(arrows_in("p", sources | {"p.c": "import os"})) == []
    assert cycle(arrows_in("p.b", sources)) == []


def test_no_module_and_no_function_is_too_long() -> None:
    assert [long for module, source in modules() for long in too_long(module, source)] == []


def test_the_walk_finds_the_modules() -> None:
    found = {module for module, _ in modules()}
    assert {
        "stream.core.step",
        "stream.bootstrap",
        "stream.engines.transactional.engine",
        "export.package.build",
    } <= found


@pytest.mark.parametrize(
    ("rule", "module", "snippet"),
    [
        (core_and_training_are_pure, "stream.core.step", "import os"),
        (core_and_training_are_pure, "stream.core.step", "from time import time"),
        (core_and_training_are_pure, "stream.core.step", "import random, math"),
        (core_and_training_are_pure, "stream.core.step", "def now():\n    import logging"),
        (core_and_training_are_pure, "stream.core.step", "import os.path as p"),
        (core_and_training_are_pure, "stream.core.kernel.columns", "from pathlib import Path"),
        (rooms_import_only_rooms_below, "stream.core.step", "from stream.kafka.connection import Connection"),
        (rooms_import_only_rooms_below, "stream.core.step", "from stream import kafka"),
        (rooms_import_only_rooms_below, "stream.core.step", "from ..wire import fields"),
        (core_and_training_are_pure, "stream.core.step", "import msgspec"),
        (rooms_import_only_rooms_below, "stream.core.step", "from stream.cli.main import main"),
        (core_and_training_are_pure, "stream.core.step", "import importlib\nimportlib.import_module('os')"),
        (core_and_training_are_pure, "stream.core.step", "os = __import__('os')"),
        (rooms_import_only_rooms_below, "stream.wire.changes", "from stream.runtime.job import Batch"),
        (rooms_import_only_rooms_below, "stream.wire.changes", "from stream.observability import log"),
        (rooms_import_only_rooms_below, "stream.jobs.trainer", "import stream.engines.transactional.engine"),
        (
            rooms_import_only_rooms_below,
            "stream.jobs.trainer",
            "from stream.observability.log import log_event",
        ),
        (only_the_faust_engine_imports_faust, "stream.engines.transactional.engine", "import faust"),
        (only_the_faust_engine_imports_faust, "stream.bootstrap", "from faust.types import AppT"),
        (only_the_faust_engine_imports_faust, "stream.kafka.connection", "from aiokafka import AIOKafkaProducer"),
        (only_the_faust_engine_imports_faust, "stream.cli.worker", "import mode"),
        (
            stream_never_imports_export_or_bench,
            "stream.onnx.encoder",
            "from export.graph.quantize_int8 import quantize",
        ),
        (stream_never_imports_export_or_bench, "stream.bootstrap", "import export"),
        (stream_never_imports_export_or_bench, "stream.cli.main", "from bench.harness.tables import print_table"),
        (export_knows_only_the_lower_rooms, "export.package.verify", "from stream.cli.main import main"),
        (applications_know_what_a_consumer_knows, "apps.risk", "from stream.jobs.segmenter import Segmenter"),
        (only_the_verb_imports_an_application, "stream.bootstrap", "from apps.risk import Risk"),
        (stream_never_imports_a_training_framework, "stream.onnx.encoder", "import torch.nn as nn"),
        (stream_never_imports_a_training_framework, "stream.cli.main", "from transformers import AutoModel"),
        (
            rooms_import_only_rooms_below,
            "stream.replay",
            "from stream.engines.transactional.engine import EngineOptions",
        ),
        (rooms_import_only_rooms_below, "stream.kafka.admin", "from stream.engines.transactional.engine import run"),
        (
            one_engine_does_not_import_another,
            "stream.engines.faust",
            "from stream.engines.transactional import engine",
        ),
        (rooms_import_only_rooms_below, "stream.observability.log", "from stream.engines import transactional"),
    ],
)
def test_a_breach_is_found(rule: Rule, module: str, snippet: str) -> None:
    assert len(breaches(rule, module, snippet)) == 1


@pytest.mark.parametrize(
    ("module", "snippet"),
    [
        ("stream.core.step", "from heapq import heappush\nimport numpy as np\nfrom sklearn.cluster import KMeans"),
        ("stream.core.step", "from stream.core.state import Timer\nfrom .policy import Policy"),
        ("stream.core.kernel.library", "import os\nfrom pathlib import Path"),
        ("stream.wire.changes", "import msgspec\nfrom stream.core.output import Change"),
        ("stream.jobs.trainer", "from stream.runtime.job import Batch"),
        ("stream.engines.faust.app", "import faust\nfrom stream.engines.faust.workarounds import commit"),
        ("stream.bootstrap", "from stream.engines.registry import load_engine"),
        ("stream.observability.log", "from stream.runtime.events import ClientWarning"),
        ("export.package.build", "import torch\nfrom export.package.verify import verify"),
    ],
)
def test_what_is_allowed_is_no_breach(module: str, snippet: str) -> None:
    assert [breach for rule in RULES for breach in breaches(rule, module, snippet)] == []


def test_every_test_module_has_a_test() -> None:
    found = sorted((ROOT / "tests").rglob("test_*.py"))
    assert [str(path) for path in found if not defines_a_test(path.read_text(encoding="utf-8"))] == []


def test_a_test_module_without_a_test_is_found() -> None:
    assert not defines_a_test("")
    assert not defines_a_test("def helper(): ...")
    assert defines_a_test("class TestX:\n    def test_y(self): ...")


def test_length_is_counted_from_the_first_line_to_the_last() -> None:
    function = "def f() -> None:\n" + "    pass\n" * (FUNCTION_LINES_MAX - 1)
    assert too_long("m", function) == []
    assert too_long("m", "class C:\n" + "    async def g():\n" + "        pass\n" * 30) == ["m.g has 31 lines"]
    assert too_long("m", function + "    pass\n") == ["m.f has 31 lines"]
    assert too_long("m", "x = 1\n" * MODULE_LINES_MAX) == []
    assert too_long("m", "x = 1\n" * (MODULE_LINES_MAX + 1)) == ["m has 201 lines"]
