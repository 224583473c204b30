"""A report inside a notebook: the same file in a frame, which cannot touch the notebook."""

from __future__ import annotations

from html import escape

HEIGHT = 720


def inline_view(document: str, height: int = HEIGHT) -> str:
    """Return an `<iframe>` with the whole report in `srcdoc`, allowed to run its own scripts and nothing else."""
    return (
        f'<iframe srcdoc="{escape(document)}" sandbox="allow-scripts" title="Segue report" '
        f'style="width:100%;height:{height}px;border:1px solid #8b95a3" loading="lazy"></iframe>'
    )
