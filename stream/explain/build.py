"""An explainer from the settings of a worker."""

from __future__ import annotations

from stream.explain.explainer import Explainer
from stream.settings import WorkerSettings


def build_explainer(settings: WorkerSettings) -> Explainer:
    """Return an explainer of the deployment's changes; nothing connects before the first question.

    Settings and encoder must be those of the workers. Raise EncoderError for an encoder that cannot be loaded.
    """
    raise NotImplementedError
