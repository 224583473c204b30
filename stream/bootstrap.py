"""The composition root: the one module to choose and connect the parts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event
from time import time
from typing import TYPE_CHECKING

import structlog

from stream.core.encoder import Encoder
from stream.core.features import registry
from stream.core.kernel.binding import kernel
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.policy import Clock
from stream.core.segment_model import SegmentModel
from stream.engines.registry import load_engine
from stream.formats.decoder import FormatDecoder
from stream.formats.startup import check_registry, readers_of
from stream.jobs.arrival import arrivals_of
from stream.jobs.model_source import FixedModel, ModelSource
from stream.jobs.segmenter import Segmenter
from stream.kafka.access import check_access, worker_rights
from stream.kafka.model_topic import ModelTopic
from stream.kafka.placed_states import placement_of
from stream.kafka.topic_watch import watch_topics
from stream.observability.findings_log import FindingsLog
from stream.observability.forwarded_log import ForwardedLog
from stream.observability.http import HttpServer
from stream.observability.late_log import LateLog
from stream.observability.liveness import Liveness
from stream.observability.log import log_event
from stream.observability.metrics import worker_metrics
from stream.observability.refused_log import RefusedLog
from stream.observability.shortage_log import ShortageLog
from stream.observability.traces import load_spans
from stream.observability.warm_up_log import WarmUpLog
from stream.onnx.encoder import OnnxEncoder
from stream.onnx.folder import LABELS, EncoderError
from stream.onnx.providers import PROVIDERS
from stream.onnx.shipped import encoder_folder
from stream.replay import Replay
from stream.runtime.events import Observer, fan_out
from stream.runtime.process import prepare_process
from stream.runtime.together import run_together
from stream.settings import Process, WorkerSettings
from stream.wire.event_decoder import EventDecoder
from stream.wire.fields import Fields
from stream.wire.label_heads import LabelHeadsError, read_label_heads
from stream.wire.placement import Placement
from stream.wire.segment_models import SegmentModelError, load_segment_model

if TYPE_CHECKING:  # scikit-learn takes seconds to import; only training needs it
    from stream.jobs.trainer import Trainer

log = structlog.get_logger()


def build_encoder(process: Process) -> OnnxEncoder:
    """Return the encoder, in a prepared process. Raises EncoderError."""
    prepare_process()
    return load_encoder(process)


def load_encoder(process: Process) -> OnnxEncoder:
    """Return the encoder of the settings; the process stays unchanged. Raises EncoderError."""
    return OnnxEncoder(
        encoder_folder(process.encoder),
        cache_texts=process.cache_texts,
        threads=process.encoder_threads,
        provider=PROVIDERS[process.provider],
    )


def read_segment_model(settings: WorkerSettings, encoder: str) -> SegmentModel | None:
    """Return the fixed segment model of the settings' file, None without a file.

    Raises SegmentModelError for an unreadable file, or a model of another encoder or other features.
    """
    path = settings.process.segment_model
    if not path:
        return None
    try:
        model = load_segment_model(Path(path).read_bytes())
    except OSError as error:
        raise SegmentModelError(f"cannot read the segment model {path}: {error} (SEGUE_SEGMENT_MODEL)") from error
    if not model.fits(encoder, tuple(registry(settings.policy))):
        raise SegmentModelError(
            f"the segment model {path} was made with encoder {model.encoder} and features {', '.join(model.features)}; "
            f"here are encoder {encoder} and {', '.join(registry(settings.policy))} (SEGUE_ENCODER, SEGUE_KINDS)"
        )
    return model


def read_labels(folder: Path, dimension: int) -> LabelHeads:
    """Return the label heads of an encoder folder, NO_LABELS without any. Raises EncoderError for unusable ones."""
    file = folder / LABELS
    if not file.exists():
        return NO_LABELS
    try:
        return read_label_heads(file.read_bytes(), dimension)
    except LabelHeadsError as error:
        raise EncoderError(f"{file}: {error}; export the heads again (SEGUE_ENCODER)") from error


def build_segmenter(
    settings: WorkerSettings,
    encoder: Encoder,
    models: ModelSource,
    placement: Placement,
    labels: LabelHeads = NO_LABELS,
) -> Segmenter:
    """Return the segmenter, the job from user events to segment changes."""
    decoder, policy = build_decoder(settings), settings.policy
    arrivals = arrivals_of(policy, lambda: int(time() * 1000), log.warning)
    traced = bool(settings.process.otlp_endpoint)
    return Segmenter(settings.options.group, encoder, policy, decoder, models, placement, labels, arrivals, traced)


def build_decoder(settings: WorkerSettings) -> EventDecoder:
    """Return the decoder of records on `user-events`. A registry is asked at the first record with a schema id."""
    return FormatDecoder(Fields(max_text_chars=settings.process.max_text_chars), readers_of(settings.registry))


def build_trainer(settings: WorkerSettings, encoder: str) -> Trainer:
    """Return the trainer, the job from samples of this encoder version to segment models."""
    from stream.jobs.trainer import Trainer
    from stream.training.values.config import TrainerConfig

    policy = settings.policy
    config = TrainerConfig(
        settings.training,
        policy.semantic_weight,
        policy.margin,
        tuple(registry(policy)),
        encoder,
        settings.connection.namespace.qualify(settings.options.group),  # deployments share no member hashes
        policy.overrides,
        tuple(feature.resolution for feature in registry(policy).values()),
    )
    return Trainer(settings.options.group, config)


def build_replay(settings: WorkerSettings, n_partitions: int, encoder: Encoder | None = None) -> Replay:
    """Return the jobs without a broker, on the event clock; the encoder is that of the settings unless given.

    Traces of the past are long complete, and are not continued.
    """
    policy, process = replace(settings.policy, clock=Clock.EVENT), replace(settings.process, otlp_endpoint="")
    settings = replace(settings, policy=policy, process=process)
    encoder = encoder or build_encoder(settings.process)
    models = FixedModel(read_segment_model(settings, encoder.version))
    trainer = None if models.model else build_trainer(settings, encoder.version)
    labels = read_labels(encoder_folder(settings.process.encoder), encoder.dimension)
    segmenter = build_segmenter(settings, encoder, models, Placement(n_partitions), labels)
    return Replay(segmenter, models, trainer, n_partitions)


def run_worker(settings: WorkerSettings, stop: Event) -> None:
    """Run both jobs until `stop` is set; an exception of one job ends both and is raised here."""
    engine, _ = load_engine(settings.process.engine), kernel()  # what is missing is told before anything connects
    spans_of = load_spans(settings.process.otlp_endpoint)
    check_registry(settings.registry)
    encoder = build_encoder(settings.process)
    fixed = read_segment_model(settings, encoder.version)
    labels = read_labels(encoder_folder(settings.process.encoder), encoder.dimension)
    placement = check_cluster(settings, trains=fixed is None)
    features, clock = tuple(registry(settings.policy)), settings.policy.clock
    watch = watch_topics(settings.connection, settings.options.group, fixed is None, clock is Clock.WALL)
    models = FixedModel(fixed) if fixed else ModelTopic(settings.connection, watch, encoder.version, features, clock)
    segmenter = build_segmenter(settings, encoder, models, placement, labels)
    trainer = None if fixed else build_trainer(settings, encoder.version)
    metrics = worker_metrics(segmenter, trainer, encoder)
    name, role = settings.connection.namespace.qualify, segmenter.role
    spans = spans_of(metrics.traces, role, name(segmenter.input_topic), name(f"{settings.options.group}-{role}"))
    liveness, refused = Liveness(settings.process.stall_s, checks=[models.behind]), RefusedLog(role)
    logs: list[Observer] = [log_event, FindingsLog(), ForwardedLog(), LateLog(settings.policy.window_ms), refused]
    logs += [ShortageLog(role, lambda: encoder.stats.encode_s), *([WarmUpLog(trainer)] if trainer else [])]
    observer = fan_out(*logs, spans, metrics, liveness)
    server = HttpServer(settings.process.http_host, settings.process.http_port, metrics.registry, liveness)
    log.info("worker", http=f"http://{settings.process.http_host}:{server.port}", encoder=encoder.version)
    try:
        watch.start(observer)
        parts = settings.connection, settings.options, observer, watch
        run_together([engine(segmenter, *parts), *([engine(trainer, *parts)] if trainer else [])], stop)
    finally:
        for part in (watch, refused, spans, server, models):
            part.close()


def check_cluster(settings: WorkerSettings, trains: bool) -> Placement:
    """Return the partitions of `user-events`.

    Raise BrokerError, TopicsError or MisplacedStateError if the worker could not do its work.
    """
    check_access(settings.connection, worker_rights(settings.options.group, trains))
    return placement_of(settings.connection, settings.options.group, log.warning)
