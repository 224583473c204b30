"""An explainer from the settings of a worker."""

from __future__ import annotations

from stream.bootstrap import build_decoder, build_encoder, read_labels, read_segment_model
from stream.explain.deployment_log import DeploymentLog, Shown, passed_on
from stream.explain.explainer import Explainer
from stream.explain.redecide import Rules
from stream.onnx.shipped import encoder_folder
from stream.settings import WorkerSettings


def build_explainer(settings: WorkerSettings, show: Shown = passed_on) -> Explainer:
    """Return an explainer of the deployment's changes; nothing connects before the first question.

    Settings and encoder must be those of the workers. `show` passes records on as they are read. Raise EncoderError for
    an encoder that cannot be loaded, SegmentModelError for a fixed model that cannot decide.
    """
    encoder = build_encoder(settings.process)
    labels = read_labels(encoder_folder(settings.process.encoder), encoder.dimension)
    log = DeploymentLog(settings.connection, settings.options.group, build_decoder(settings), settings.policy, show)
    rules = Rules(encoder, settings.policy, labels)
    return Explainer(log, rules, read_segment_model(settings, encoder.version))
