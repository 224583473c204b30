"""What may import what, and how long things may be. Every check is itself checked on a snippet that breaks it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULE_LINES_MAX = 250
FUNCTION_LINES_MAX = 45

IMPURE = frozenset(
    {"asyncio", "datetime", "glob", "io", "logging", "multiprocessing", "os", "pathlib", "random", "secrets", "select",
     "shutil", "signal", "socket", "subprocess", "tempfile", "threading", "time", "urllib", "uuid"}
)  # fmt: skip
CORE_MAY = (sys.stdlib_module_names - IMPURE) | {"numpy", "scipy", "sklearn"}
HEAVY = frozenset({"torch", "transformers", "sentence_transformers", "onnx", "onnxscript"})
SEAM = ("stream.runtime.job", "stream.runtime.events", "stream.runtime.options")

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


def core_is_pure(module: str, name: str) -> bool:
    """The core and the training import themselves, the pure part of the standard library, and arithmetic."""
    if within(module, "stream.core"):
        return within(name, "stream.core") or name.split(".")[0] in CORE_MAY
    if within(module, "stream.training"):
        return within(name, "stream.core", "stream.training") or name.split(".")[0] in CORE_MAY
    return True


def wire_knows_only_the_core(module: str, name: str) -> bool:
    """Wire formats know the core, and nothing that carries them."""
    return (
        not within(module, "stream.wire")
        or not within(name, "stream")
        or within(name, "stream.core", "stream.training", "stream.wire")
    )


def jobs_know_only_the_seam_to_engines(module: str, name: str) -> bool:
    """A job can be carried by any engine."""
    known = ("stream.core", "stream.training", "stream.wire", "stream.jobs", *SEAM)
    return not within(module, "stream.jobs") or not within(name, "stream") or within(name, *known)


def only_the_faust_engine_imports_faust(module: str, name: str) -> bool:
    """Faust is an extra, and so is what comes with it."""
    return not within(name, "faust", "aiokafka", "mode") or within(module, "stream.engines.faust")


def stream_never_imports_export(module: str, name: str) -> bool:
    """What runs does not need what made the model."""
    return not (within(module, "stream") and within(name, "export"))


def stream_never_imports_a_training_framework(module: str, name: str) -> bool:
    """A worker is small."""
    return not (within(module, "stream") and within(name, *HEAVY))


def engines_are_chosen_in_one_place(module: str, name: str) -> bool:
    """Only the composition root and the verbs know a concrete engine; settings know the options' names."""
    if not within(module, "stream") or not within(name, "stream.engines") or within(name, *SEAM):
        return True
    own_package = ".".join(name.split(".")[:3])
    return within(module, own_package, "stream.bootstrap", "stream.cli")


RULES: list[Rule] = [
    core_is_pure,
    wire_knows_only_the_core,
    jobs_know_only_the_seam_to_engines,
    only_the_faust_engine_imports_faust,
    stream_never_imports_export,
    stream_never_imports_a_training_framework,
    engines_are_chosen_in_one_place,
]


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


def modules() -> Iterator[tuple[str, str]]:
    """Name and source of every module of `stream` and `export`."""
    for path in sorted([*(ROOT / "stream").rglob("*.py"), *(ROOT / "export").rglob("*.py")]):
        parts = path.relative_to(ROOT).with_suffix("").parts
        yield ".".join(parts), path.read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_rule_holds(rule: Rule) -> None:
    assert [breach for module, source in modules() for breach in breaches(rule, module, source)] == []


def test_no_module_and_no_function_is_too_long() -> None:
    assert [long for module, source in modules() for long in too_long(module, source)] == []


def test_the_walk_finds_the_modules() -> None:
    found = {module for module, _ in modules()}
    assert {"stream.core.step", "stream.bootstrap", "stream.engines.transactional.engine", "export.build"} <= found


@pytest.mark.parametrize(
    ("rule", "module", "snippet"),
    [
        (core_is_pure, "stream.core.step", "import os"),
        (core_is_pure, "stream.core.step", "from time import time"),
        (core_is_pure, "stream.core.step", "import random, math"),
        (core_is_pure, "stream.core.step", "def now():\n    import logging"),
        (core_is_pure, "stream.core.step", "import os.path as p"),
        (core_is_pure, "stream.core.step", "from stream.kafka.connection import Connection"),
        (core_is_pure, "stream.core.step", "from stream import kafka"),
        (core_is_pure, "stream.core.step", "from ..wire import fields"),
        (core_is_pure, "stream.core.step", "import msgspec"),
        (core_is_pure, "stream.core.step", "from stream.cli.main import main"),
        (core_is_pure, "stream.core.step", "import importlib\nimportlib.import_module('os')"),
        (core_is_pure, "stream.core.step", "os = __import__('os')"),
        (wire_knows_only_the_core, "stream.wire.changes", "from stream.runtime.job import Batch"),
        (wire_knows_only_the_core, "stream.wire.changes", "from stream.observability import log"),
        (jobs_know_only_the_seam_to_engines, "stream.jobs.trainer", "import stream.engines.transactional.engine"),
        (
            jobs_know_only_the_seam_to_engines,
            "stream.jobs.trainer",
            "from stream.observability.log import log_happening",
        ),
        (only_the_faust_engine_imports_faust, "stream.engines.transactional.engine", "import faust"),
        (only_the_faust_engine_imports_faust, "stream.bootstrap", "from faust.types import AppT"),
        (only_the_faust_engine_imports_faust, "stream.kafka.connection", "from aiokafka import AIOKafkaProducer"),
        (only_the_faust_engine_imports_faust, "stream.cli.worker", "import mode"),
        (stream_never_imports_export, "stream.onnx.encoder", "from export.quantize import quantize"),
        (stream_never_imports_export, "stream.bootstrap", "import export"),
        (stream_never_imports_a_training_framework, "stream.onnx.encoder", "import torch.nn as nn"),
        (stream_never_imports_a_training_framework, "stream.cli.main", "from transformers import AutoModel"),
        (
            engines_are_chosen_in_one_place,
            "stream.replay",
            "from stream.engines.transactional.engine import EngineOptions",
        ),
        (engines_are_chosen_in_one_place, "stream.settings", "from stream.engines.transactional.engine import run"),
        (
            engines_are_chosen_in_one_place,
            "stream.engines.faust",
            "from stream.engines.transactional import engine",
        ),
        (engines_are_chosen_in_one_place, "stream.observability.log", "from stream.engines import transactional"),
    ],
)
def test_a_breach_is_found(rule: Rule, module: str, snippet: str) -> None:
    assert len(breaches(rule, module, snippet)) == 1


@pytest.mark.parametrize(
    ("module", "snippet"),
    [
        ("stream.core.step", "from heapq import heappush\nimport numpy as np\nfrom sklearn.cluster import KMeans"),
        ("stream.core.step", "from stream.core.state import Timer\nfrom .policy import Policy"),
        ("stream.wire.changes", "import msgspec\nfrom stream.core.output import Change"),
        ("stream.jobs.trainer", "from stream.runtime.job import Batch"),
        ("stream.engines.faust.app", "import faust\nfrom stream.engines.faust.workarounds import commit"),
        ("stream.bootstrap", "from stream.engines.transactional.engine import TransactionalEngine"),
        ("stream.observability.log", "from stream.runtime.events import Trouble"),
        ("export.build", "import torch\nfrom export.verify import verify"),
    ],
)
def test_what_is_allowed_is_no_breach(module: str, snippet: str) -> None:
    assert [breach for rule in RULES for breach in breaches(rule, module, snippet)] == []


def test_length_is_counted_from_the_first_line_to_the_last() -> None:
    function = "def f() -> None:\n" + "    pass\n" * (FUNCTION_LINES_MAX - 1)
    assert too_long("m", function) == []
    assert too_long("m", "class C:\n" + "    async def g():\n" + "        pass\n" * 45) == ["m.g has 46 lines"]
    assert too_long("m", function + "    pass\n") == ["m.f has 46 lines"]
    assert too_long("m", "x = 1\n" * MODULE_LINES_MAX) == []
    assert too_long("m", "x = 1\n" * (MODULE_LINES_MAX + 1)) == ["m has 251 lines"]
