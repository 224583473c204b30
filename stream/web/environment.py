"""The templates of dashboard and report: one Jinja environment, which escapes every value."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from stream.web import drawings, figures

TEMPLATES = Path(__file__).parent / "templates"
_FILTERS = (
    figures.count,
    figures.percent,
    figures.signed_percent,
    figures.growth,
    figures.signed,
    figures.decimal,
    figures.moment,
    figures.iso,
    figures.span,
    figures.plural,
    figures.opening,
    drawings.sparkline,
    drawings.shade,
    drawings.bar,
)


@cache
def environment() -> Environment:
    """Return the environment: values are escaped, and a name that is missing is an error and not an empty string."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {each.__name__: each for each in _FILTERS}
    return made
