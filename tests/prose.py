"""A lint for docstrings and documents: first words, sentence length, and forbidden openings.

`python -m tests.prose` prints the faults and exits 1 if there are any. `--measure` prints pronouns per 100 words.

The rules are those of CONTRIBUTING: a function's docstring is imperative, a class's begins with a noun phrase, a
sentence has at most 25 words and does not begin with who, what, whoever or of.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("stream", "export", "apps", "bench")
DOCUMENTS = ("README.md", "CONTRIBUTING.md", "bench/README.md", "models/README.md", "docs/*.md")

WORDS_MAX = 25
_LISTS = tomllib.loads((Path(__file__).parent / "prose_words.toml").read_text(encoding="utf-8"))
OPENINGS, PRONOUNS, VERBS = (frozenset(_LISTS[name].split()) for name in ("openings", "pronouns", "verbs"))
NOT_A_NOUN = OPENINGS | frozenset(_LISTS["no_nouns"].split())

Definition = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def sentences(text: str) -> Iterator[str]:
    """Yield the sentences of prose in Markdown, without code, tables, headings and links' targets."""
    for paragraph in re.split(r"\n\s*\n", _without_code(text)):
        for item in re.split(r"\n\s*(?:[*-]|\d+\.)\s+|^\s*(?:[*-]|\d+\.)\s+", paragraph):
            prose = " ".join(line for line in item.splitlines() if not re.match(r"\s*[|#]", line))
            prose = re.sub(r"`+[^`]+`+", "code", prose)
            prose = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", prose)
            prose = re.sub(r"\b(e\.g|i\.e|et al|vs|cf)\.", r"\1", prose)
            yield from (part for part in re.split(r"(?<=[.!?])[\"')*]*\s+", prose.strip()) if part)


def sentence_faults(text: str) -> Iterator[str]:
    """Yield a message for each sentence that is too long or begins with a forbidden word."""
    for sentence in sentences(text):
        words = re.findall(r"[\w%][\w'.,/%-]*", sentence)
        start = " ".join(words[:6])
        if len(words) > WORDS_MAX:
            yield f"{len(words)} words, at most {WORDS_MAX}: {start} ..."
        if words and words[0].lower() in OPENINGS:
            yield f"a sentence begins with {words[0]!r}: {start} ..."


def docstrings(source: str) -> Iterator[tuple[int, Definition, str]]:
    """Yield line, definition and text of every docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Definition) and (text := ast.get_docstring(node)):
            yield node.body[0].lineno, node, text


def docstring_faults(node: Definition, text: str) -> Iterator[str]:
    """Yield a message for each rule that a docstring breaks."""
    first = re.split(r"[^\w-]", text.lstrip("`*\"'"), maxsplit=1)[0].lower()
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        if _is_property(node):
            if first in NOT_A_NOUN - {"the"}:
                yield f"{node.name}: a property's docstring begins with a noun, got {first!r}"
        elif first not in VERBS:
            yield f"{node.name}: a function's docstring begins with an imperative verb, got {first!r}"
    elif isinstance(node, ast.ClassDef) and first in NOT_A_NOUN:
        yield f"{node.name}: a class's docstring begins with a noun, got {first!r}"
    yield from sentence_faults(text)


def source_faults(source: str) -> Iterator[str]:
    """Yield `line: message` for each fault in the docstrings of a module."""
    for line, node, text in docstrings(source):
        yield from (f"{line}: {fault}" for fault in docstring_faults(node, text))


def files() -> Iterator[Path]:
    """Yield every module and document the rules hold for."""
    for package in PACKAGES:
        yield from sorted((ROOT / package).rglob("*.py"))
    for pattern in DOCUMENTS:
        yield from sorted(ROOT.glob(pattern))


def faults(path: Path) -> Iterator[str]:
    """Yield `path:line: message` for a module, `path: message` for a document."""
    text, name = path.read_text(encoding="utf-8"), path.relative_to(ROOT)
    if path.suffix == ".py":
        yield from (f"{name}:{fault}" for fault in source_faults(text))
    else:
        yield from (f"{name}: {fault}" for fault in sentence_faults(text))


def pronouns_per_100_words(texts: Iterator[str]) -> float:
    """Return the pronouns and relatives per 100 words of the texts; 0 for no words."""
    words = [word.lower() for text in texts for word in re.findall(r"[A-Za-z']+", text)]
    return 100 * sum(word in PRONOUNS for word in words) / len(words) if words else 0.0


def measure() -> Iterator[str]:
    """Yield one line for each package: docstrings, and pronouns per 100 words."""
    for package in PACKAGES:
        found = [
            text
            for path in (ROOT / package).rglob("*.py")
            for _, _, text in docstrings(path.read_text(encoding="utf-8"))
        ]
        yield f"{package}: {len(found)} docstrings, {pronouns_per_100_words(iter(found)):.1f} pronouns per 100 words"


def _is_property(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(ast.unparse(each).endswith(("property", ".setter")) for each in node.decorator_list)


def _without_code(text: str) -> str:
    """Return the text without fences, doctests and indented blocks."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.M | re.S)
    kept, is_code, after_blank = [], False, True
    for line in text.splitlines():
        indented = line.startswith("    ") and not re.match(r"\s*(?:[*-]|\d+\.)\s", line)
        if re.match(r"\s*>>>", line):
            is_code = True
        elif not line.strip() or (is_code and not indented and not line.startswith(" ")):
            is_code = False
        code = is_code or (indented and (after_blank or is_code))
        if code and line.strip():
            is_code = True
        kept.append("" if code else line)
        after_blank = not line.strip(" \b")  # click takes \b for a block that is not wrapped
    return "\n".join(kept)


def main(arguments: list[str]) -> int:
    """Print the faults of the files named, of all without a name, or the measurement; return the exit status."""
    if "--measure" in arguments:
        print("\n".join(measure()))
        return 0
    wanted = [Path(argument).resolve() for argument in arguments]
    found = [
        fault
        for path in files()
        if not wanted or any(path == each or each in path.parents for each in wanted)
        for fault in faults(path)
    ]
    print("\n".join([*found, f"{len(found)} faults of prose"]))
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
