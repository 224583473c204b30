"""A check that a page is well formed and keeps the rules of all pages; no more than `html.parser` can see."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

VOID = frozenset({"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"})
LABELLED = frozenset({"input", "select", "textarea"})
HEADINGS = frozenset({"h1", "h2", "h3", "h4"})

Attributes = dict[str, str | None]


class Checked(HTMLParser):
    """A page, read once: `faults` has a sentence for each rule that it breaks."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.faults: list[str] = []
        self.ids: Counter[str] = Counter()
        self.counts: Counter[str] = Counter()
        self._open: list[str] = []
        self._level = 0
        self._captions = 0
        self._labels: set[str] = set()
        self._controls: set[str] = set()
        self._labelled_by: set[str] = set()
        self.feed(html)
        self.close()
        self._whole()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that begins."""
        found = dict(attrs)
        self.counts[tag] += 1
        self._check_attributes(tag, found)
        self._check_element(tag, found)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element of SVG without content."""
        self._check_attributes(tag, dict(attrs))

    def handle_endtag(self, tag: str) -> None:
        """Note an element that ends."""
        if not self._open or self._open.pop() != tag:
            self.faults.append(f"</{tag}> ends another element, line {self.getpos()[0]}")

    def _check_attributes(self, tag: str, found: Attributes) -> None:
        forbidden = [name for name in found if name == "style" or name.startswith("on")]
        self.faults += [f"<{tag}> has {name}, which the policy forbids" for name in forbidden]
        if identity := found.get("id"):
            self.ids[identity] += 1
        if (found.get("href") or "").startswith(("http:", "https:", "//", "javascript:")):
            self.faults.append(f"<{tag}> leads elsewhere: {found['href']}")
        self._labelled_by.update((found.get("aria-labelledby") or "").split())

    def _check_element(self, tag: str, found: Attributes) -> None:
        if tag == "script" and not found.get("src"):
            self.faults.append("a script is inline")
        if tag == "style":
            self.faults.append("a style is inline")
        if tag == "th" and found.get("scope") not in ("col", "row"):
            self.faults.append("a header of a table has no scope")
        if tag == "caption":
            self._captions += 1
        if tag == "label":
            self._labels.add(found.get("for") or "")
        if tag in LABELLED and found.get("type") != "hidden" and not found.get("aria-label"):
            self._controls.add(found.get("id") or f"a nameless {tag}")
        if tag in HEADINGS:
            level = int(tag[1])
            if level > self._level + 1:
                self.faults.append(f"<{tag}> skips a level")
            self._level = level

    def _whole(self) -> None:
        self.faults += [f"<{tag}> has no end" for tag in self._open]
        self.faults += [f"the id {name} is there {n} times" for name, n in self.ids.items() if n > 1]
        self.faults += [f"{name} has no label" for name in self._controls - self._labels]
        self.faults += [f"nothing has the id {name}" for name in self._labelled_by - self.ids.keys()]
        self.faults += [
            f"there are {self.counts[tag]} <{tag}>" for tag in ("main", "h1", "title") if self.counts[tag] != 1
        ]
        if self.counts["table"] != self._captions:
            self.faults.append("a table has no caption")


def faults_of(html: str) -> list[str]:
    """Return the rules that a page breaks."""
    return Checked(html).faults
