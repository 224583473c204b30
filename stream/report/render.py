"""A report as one HTML file: it asks nobody for anything, and its own policy forbids it to.

Size is bounded. The users on the maps are a sample, and texts are cut to a budget. The largest segments have sections,
fewer of them where texts are long.
"""

from __future__ import annotations

from functools import cache

from jinja2 import Environment
from markupsafe import Markup

from stream.core.sentence.shown_text import shown
from stream.report import words
from stream.report.line_charts import line_chart
from stream.report.payload import payload
from stream.report.values import Figures
from stream.web.environment import environment
from stream.web.vendored import STATIC, Script

BYTES_MAX = 5_000_000
N_SECTIONS = (100, 60, 30, 10, 3)  # the most that fit
N_ROWS = 300  # of the tables of all segments
N_REVIEW_ROWS = 30
_FILTERS = (
    words.method_words,
    words.drift_words,
    words.figure_words,
    words.health_value,
    words.moved_share,
    words.largest_change,
    words.behaviour,
    words.size_chart,
)


def render(figures: Figures, shown_as: str = "hashes") -> str:
    """Return the report as HTML; `shown_as` says what users are shown as. The same figures give the same text."""
    data = payload(figures) if figures.maps else ""
    for n_sections in N_SECTIONS:
        document = _page(figures, shown_as, n_sections, data)
        if len(document.encode()) <= BYTES_MAX:
            break
    return document


def _page(figures: Figures, shown_as: str, n_sections: int, data: str) -> str:
    sectioned = figures.segments[:n_sections]
    rows = [*(each.row for each in figures.segments), *figures.reserved]
    return _environment().get_template("report/page.html").render(
        figures=figures,
        title="Customer segments",
        shown_as=shown_as,
        sectioned=sectioned,
        n_rows=N_ROWS,
        sections=words.anchors(sectioned),
        names={row.id: row.name for row in rows},
        n_users=sum(row.n_users for row in rows),
        n_placed=sum(each.row.n_users for each in figures.segments),
        n_rare=sum(each.row.rare for each in figures.segments),
        n_retired=sum(each.row.retired for each in figures.segments),
        reserved_words=words.RESERVED_WORDS,
        silhouette=mean_silhouette(figures),
        objective_chart=line_chart([("J", [(each.time_ms, each.value) for each in figures.objective])]),
        objective_rows=list(zip(figures.objective, figures.unknown, strict=True))[-N_REVIEW_ROWS:][::-1],
        cohesion_chart=words.cohesion_chart(figures),
        solid=any(each.places.shape[1] == 3 for each in figures.maps),
        data=Markup(data),
        **_assets(),
    )  # fmt: skip


def mean_silhouette(figures: Figures) -> float | None:
    """Return the mean silhouette of all users: of segments by their sizes, since the sample is stratified."""
    known = [(each.row.n_users, each.silhouette.mean) for each in figures.segments if each.silhouette]
    total = sum(n for n, _ in known)
    return sum(n * mean for n, mean in known) / total if total else None


def _brief(text: str, n_max: int) -> str:
    """Return the beginning of a text on one line."""
    return shown(text[: 4 * n_max + 100], n_max)


@cache
def _environment() -> Environment:
    made = environment().overlay()
    made.filters = {**made.filters, "brief": _brief, **{each.__name__: each for each in _FILTERS}}
    made.globals = {**made.globals, "relatives": words.relatives}
    return made


@cache
def _assets() -> dict[str, Markup]:
    """Return styles and scripts, which the file carries itself."""
    report = STATIC / "report"
    styles = [(STATIC / "segue.css").read_text(encoding="utf-8"), (report / "report.css").read_text(encoding="utf-8")]
    return {
        "styles": Markup("\n".join(styles)),
        "script": Markup((report / "maps.js").read_text(encoding="utf-8")),
        "theme": Markup((report / "theme.js").read_text(encoding="utf-8")),
        "plotly": Markup(Script.PLOTLY_GL3D.read()),
    }
