"""The documents are true: settings, verbs, links and paths that they name exist.

Each checker returns what is wrong, so that it can be shown here to find something.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from stream.cli.main import segue
from tests.settings_table import BEGIN, END, settings_table

ROOT = Path(__file__).parents[1]
FOLDERS = (".", "docs", "bench", "models")
DOCUMENTS = sorted(path.relative_to(ROOT) for folder in FOLDERS for path in (ROOT / folder).glob("*.md"))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
README_WORDS_MAX = 1200
FILES_BEGIN, FILES_END = "<!-- files -->", "<!-- /files -->"

_FENCE = re.compile(r"^( *)(```+|~~~+)(\w*)[^\n]*\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")
_SHELL = ("", "sh", "bash", "shell", "console", "text")  # languages of blocks that people type
_MAKE = re.compile(r"(?<![\w./-])make +([a-z][a-z-]*)")
_SEGUE = re.compile(r"(?<![\w./-])segue((?: +[^\s&|;#`)]+)*)")
_HOSTS = re.compile(
    r"[\w.-]*(?:pypi\.org|pythonhosted\.org|maven\.(?:org|apache\.org)|docker\.(?:io|com)|ghcr\.io|quay\.io|"
    r"npmjs\.(?:org|com)|anaconda\.(?:org|com)|artifactory|\bregistry\.(?=\w)|\bmirror\.)(?!py\b)[\w.-]*"
)


def test_the_documents_are_found() -> None:
    assert Path("README.md") in DOCUMENTS


def test_the_settings_page_lists_exactly_the_settings_with_their_defaults() -> None:
    assert wrong_settings(text(Path("docs/settings.md"))) == []


def test_contributing_maps_files_that_exist() -> None:
    assert FILES_BEGIN in text(Path("CONTRIBUTING.md"))
    assert wrong_map(text(Path("CONTRIBUTING.md"))) == []


def test_the_readme_has_at_most_1200_words() -> None:
    assert len(text(Path("README.md")).split()) <= README_WORDS_MAX


@pytest.mark.parametrize("document", DOCUMENTS, ids=str)
def test_a_document_names_only_what_exists(document: Path) -> None:
    said = text(document)
    assert [*wrong_verbs(said), *wrong_links(said, document), *wrong_paths(said), *registry_hosts(said)] == []
    assert wrong_symbols(said) == []


def text(document: Path) -> str:
    return (ROOT / document).read_text(encoding="utf-8")


def typed(said: str) -> Iterator[str]:
    """What the reader may type: code spans, and lines of code blocks for a shell."""
    for _, _, language, block in _FENCE.findall(said):
        if language in _SHELL:
            yield from block.replace("\\\n", " ").splitlines()
    yield from _SPAN.findall(_FENCE.sub("", said))


def wrong_settings(said: str) -> list[str]:
    """Lines of the settings table that are missing, or not true; all of it if there is none."""
    begin, end = said.find(BEGIN), said.find(END)
    found = said[begin : end + len(END)].splitlines() if 0 <= begin < end else []
    wanted = settings_table().splitlines()
    if found == wanted:
        return []
    wrong = [f"not true: {line}" for line in found if line not in wanted]
    return [*wrong, *(f"missing: {line}" for line in wanted if line not in found)] or ["lines in another order"]


def wrong_verbs(said: str) -> list[str]:
    """Verbs of make and segue that do not exist, and flags that a verb does not have."""
    wrong = []
    for line in typed(said):
        wrong += [f"make {target}" for target in _MAKE.findall(line) if target not in TARGETS]
        wrong += [problem for words in _SEGUE.findall(line) if (problem := _wrong_command(words.split()))]
    return wrong


def _wrong_command(words: list[str]) -> str | None:
    command: click.Command = segue
    said = "segue"
    for at, word in enumerate(words):
        flag = word.split("=")[0]
        if flag.startswith("-"):
            if flag not in _flags(command) and flag not in _flags(segue):
                return f"{said} {flag}"
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]*", word):
            if at and words[at - 1] == "--config":
                continue
            said += f" {word}"
            below = command.commands.get(word)
            if below is None:
                return said
            command = below
    return None


def _flags(command: click.Command) -> set[str]:
    options = [parameter for parameter in command.params if isinstance(parameter, click.Option)]
    return {"--help", "-h"} | {flag for option in options for flag in (*option.opts, *option.secondary_opts)}


def wrong_links(said: str, document: Path) -> list[str]:
    """Links to files, or to headings, that are not there."""
    wrong = []
    for link in _LINK.findall(_SPAN.sub("", _FENCE.sub("", said))):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (ROOT / document.parent / name).resolve() if name else ROOT / document
        there = target.exists() and target.is_relative_to(ROOT)
        if not there or (anchor and anchor not in anchors(target.read_text(encoding="utf-8") if name else said)):
            wrong.append(link)
    return wrong


def anchors(said: str) -> set[str]:
    """The anchors that a forge gives to the headings."""
    titles = re.findall(r"^#+ +(.+?) *#*$", _FENCE.sub("", said), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def wrong_paths(said: str) -> list[str]:
    """Code spans that begin like a path in this repository and lead nowhere; `*` and `…` stand for anything."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()}
    spans = [span for span in _SPAN.findall(_FENCE.sub("", said)) if re.fullmatch(r"[\w.*…/-]+(?::\d+)?", span)]
    paths = [span.split(":")[0] for span in spans if "/" in span and span.split("/")[0] in folders]
    return [path for path in paths if not any(ROOT.glob(path.rstrip("/").replace("…", "*")))]


def wrong_symbols(said: str) -> list[str]:
    """Return the `path::symbol` spans whose file does not define the symbol; `Class.field` names a member."""
    spans = [span for span in _SPAN.findall(_FENCE.sub("", said)) if re.fullmatch(r"[\w./-]+\.py::[\w.]+", span)]
    return [span for span in spans if not _defines(*span.split("::"))]


def _defines(path: str, symbol: str) -> bool:
    file = ROOT / path
    body: list[ast.stmt] = ast.parse(file.read_text(encoding="utf-8")).body if file.exists() else []
    for name in symbol.split("."):
        found = [statement for statement in body if name in _names(statement)]
        if not found:
            return False
        body = getattr(found[0], "body", [])
    return True


def _names(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {target.id for target in targets if isinstance(target, ast.Name)}
        case ast.AnnAssign(target=ast.Name(id=name)):
            return {name}
    return set()


def wrong_map(said: str) -> list[str]:
    """Paths of the file map that do not exist: the first word of each line, below the less indented line before it."""
    begin, end = said.find(FILES_BEGIN), said.find(FILES_END)
    above: list[tuple[int, Path]] = []
    wrong = []
    for line in said[begin:end].splitlines()[1:]:
        found = re.match(r"([\s│├└─]*)([\w./-]+)(?:\s|$)", line)
        if found is None:
            continue
        indent = len(found.group(1))
        above = [(at, path) for at, path in above if at < indent]
        path = (above[-1][1] if above else Path()) / found.group(2)
        above.append((indent, path))
        wrong += [] if (ROOT / path).exists() else [str(path)]
    return wrong


def registry_hosts(said: str) -> list[str]:
    """Names of hosts that packages or images come from: those are the reader's to choose."""
    return _HOSTS.findall(said)


GOOD = f"""\
# Segue

See [the settings](#all-the-settings), [the page of models](models/README.md) and [Kafka](https://kafka.apache.org).

```sh
make demo                       # about two minutes
segue topics create --partitions 8 && segue worker --instance one
segue --config some.toml config --json
segue produce demo | cat
```

```python
segue nonsense
```

Type `make test`, then `segue replay FILE --limit 10`, and look into `stream/core/step.py` and `stream/core/*.py`.

## All the settings

{settings_table()}

{FILES_BEGIN}
```
stream/           what runs
  core/           pure
    step.py       the hot path
  cli/            verbs
Makefile          verbs of make
```
{FILES_END}
"""


def test_a_good_document_has_nothing_wrong() -> None:
    document = Path("README.md")
    assert wrong_settings(GOOD) == wrong_verbs(GOOD) == wrong_paths(GOOD) == wrong_map(GOOD) == []
    assert wrong_links(GOOD, document) == registry_hosts(GOOD) == []


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        ("| `SEGUE_MARGIN` | `0.1` |", "| `SEGUE_MARGIN` | `0.2` |", ["not true", "missing"]),
        ("| `SEGUE_MARGIN` |", "| `SEGUE_MARGN` |", ["not true", "missing"]),
        (END, f"| `SEGUE_MORE` | `1` | More. |\n{END}", ["not true"]),
        (BEGIN, "", ["missing"] * len(settings_table().splitlines())),
    ],
    ids=["another default", "another name", "one too many", "no marker"],
)
def test_a_settings_table_that_is_not_true_is_found(before: str, after: str, wrong: list[str]) -> None:
    assert [line.split(":")[0] for line in wrong_settings(GOOD.replace(before, after))] == wrong


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("`make coffee`", ["make coffee"]),
        ("```\nmake demo\nmake coffee test\n```", ["make coffee"]),
        ("`segue work`", ["segue work"]),
        ("```sh\n$ segue topics delete\n```", ["segue topics delete"]),
        ("`segue worker --instnce a`", ["segue worker --instnce"]),
        ("```console\nsegue worker \\\n  --instnce=a\n```", ["segue worker --instnce"]),
        ("`python -m segue worker --no-evidence-texts -h`, `segue --version`", []),
        ("You make it work with Segue; segue nothing outside of code.", []),
        ("`docker build -t segue .`, `segue-demo:0.1.0`, `io.segue.segment.changed.v1`", []),
    ],
)
def test_a_verb_or_flag_that_does_not_exist_is_found(line: str, wrong: list[str]) -> None:
    assert wrong_verbs(line) == wrong


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("[a](docs/nowhere.md)", ["docs/nowhere.md"]),
        ("![a](picture.svg)", ["picture.svg"]),
        ("[a](#nowhere)", ["#nowhere"]),
        ("[a](models/README.md#nowhere)", ["models/README.md#nowhere"]),
        ("[a](../outside)", ["../outside"]),
        ("[a](https://example.org/nowhere.md) `[b](nowhere.md)`", []),
        ("# One, two: `three`!\n[a](#one-two-three)", []),
    ],
)
def test_a_link_that_leads_nowhere_is_found(line: str, wrong: list[str]) -> None:
    assert wrong_links(line, Path("README.md")) == wrong


def test_a_link_is_relative_to_its_document() -> None:
    assert wrong_links("[a](README.md) [b](../Makefile)", Path("models/README.md")) == []
    assert wrong_links("[a](models/README.md)", Path("models/README.md")) == ["models/README.md"]


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("`stream/core/nothing.py`", ["stream/core/nothing.py"]),
        ("`tests/nothing/*.py`", ["tests/nothing/*.py"]),
        ("`stream/core/` `stream/core/step.py:12` `text/plain` `a/b`", []),
    ],
)
def test_a_path_that_leads_nowhere_is_found(line: str, wrong: list[str]) -> None:
    assert wrong_paths(line) == wrong


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("`stream/core/step.py::step`, `stream/core/policy.py::Policy.margin`", []),
        ("`stream/core/step.py::stop`", ["stream/core/step.py::stop"]),
        ("`stream/core/policy.py::Policy.margn`", ["stream/core/policy.py::Policy.margn"]),
        ("`stream/core/nothing.py::step`", ["stream/core/nothing.py::step"]),
    ],
)
def test_a_symbol_that_a_file_does_not_define_is_found(line: str, wrong: list[str]) -> None:
    assert wrong_symbols(line) == wrong


def test_a_wrong_line_of_the_map_is_found_below_its_folder() -> None:
    assert wrong_map(GOOD.replace("    step.py ", "    stop.py ")) == ["stream/core/stop.py"]
    assert wrong_map(GOOD.replace("  cli/ ", "cli/ ")) == ["cli"]


@pytest.mark.parametrize("host", ["pypi.org", "files.pythonhosted.org", "repo1.maven.org", "ghcr.io"])
def test_a_registrys_host_is_found(host: str) -> None:
    assert registry_hosts(f"from https://{host}/simple") == [host]
