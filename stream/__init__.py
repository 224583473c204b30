"""Segue: real-time customer segments. User events come in, segment changes go out; `export` makes the encoders.

The names for an embedding program are imported from here (`docs/python-api.md`); `stream.api` defines them.

To read it like an essay, take this order.

What is thought, with no clock, no file and no network (`core`):

    core.event           what a record can mean
    core.window          a person's last items, in the order they happened
    core.features        numbers of a window, by name
    core.text_step       how a text is normalised, here and in training (behaviour_text)
    core.encoder         the seam to any text model
    core.profile         a window as one vector
    core.labels          what texts say of a person, and how surely
    core.segment_model   segments, and how far a profile is from each (reserved: ids that are none)
    core.serving         which model decides for whom
    core.decide          when a person changes segment (forced, overrides: what the operator says first)
    core.mixture         how much of each segment a person is
    core.evidence        why
    core.output          what is said, as values
    core.policy          what the operator decided
    core.state           what is remembered
    core.timeline        time, and timers in order
    core.evaluation      many windows looked at in one sweep
    core.judge           from looks to what is said
    core.step            all of it, as one function

How segments come about and keep their meaning, also pure (`core.training`):

    policy, commands     what the operator decided, and may ask
    pool, view           whom the trainer remembers, and where they are
    clock                what time it is, as most samples say
    clustering           k-means that keeps rare segments and forgets old samples
    gaps, auto_k, grouping   how many groups people form, and which
    warm_up, learn       the first segments; one batch of samples
    separation, merging, births, structure, proposal    are these still the groups that people form
    lineage, draft       who goes on under which id
    terms, description, making   what people read about a segment; a model
    flow, promotion, progress    whom a model would move, and whether it serves
    health, checkup      do the segments still fit
    shadow, review       a candidate on trial; all of it, once in a while
    refit, erasure, obey, train    when asked; as one function

Formats of the topics (`wire`): `topics` has names and configuration, `records` the records of Kafka as values.

    input        event_decoder (the seam), json_events, calls, flat_events, users, fields, timestamps, reasons, schema
    output       changes, catalogue, descriptions, lineage, promotions, health, dead_letters, cloud_events
    models       segment_models, published_models, label_heads
    trainer      samples, commands
    changelogs   state_records, state_rebuilder, trainer_records

What carries it:

    engines.job          the seam between computing and delivering
    jobs.segmenter       the main job
    jobs.trainer         the second
    engines.happenings   what an engine tells those who watch it
    engines.transactional    the loop, on Kafka's groups and transactions
    replay               the jobs with no broker

What it stands on and how it is used: `adapters` are the outside world, `settings` every setting, `bootstrap` puts the
parts together, `cli` has the verbs, `demo` shows it all at work.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stream.api import Event, EventError, Frame, load_encoder, read_change, replay_events
    from stream.core.encoder import Encoder
    from stream.core.policy import Policy
    from stream.core.setting import SettingError
    from stream.onnx.folder import EncoderError
    from stream.settings import Process, WorkerSettings
    from stream.training.values.policy import TrainingPolicy
    from stream.wire.changes import SegmentChange
    from stream.wire.segment_models import SegmentModelError

__all__ = [
    "Encoder",
    "EncoderError",
    "Event",
    "EventError",
    "Frame",
    "Policy",
    "Process",
    "SegmentChange",
    "SegmentModelError",
    "SettingError",
    "TrainingPolicy",
    "WorkerSettings",
    "load_encoder",
    "read_change",
    "replay_events",
]

_HOME = {
    "Encoder": "stream.core.encoder",
    "EncoderError": "stream.onnx.folder",
    "Policy": "stream.core.policy",
    "Process": "stream.settings",
    "SegmentChange": "stream.wire.changes",
    "SegmentModelError": "stream.wire.segment_models",
    "SettingError": "stream.core.setting",
    "TrainingPolicy": "stream.training.values.policy",
    "WorkerSettings": "stream.settings",
}  # name → module; all others are of stream.api


def __getattr__(name: str) -> Any:
    """Return a name of the API, imported at its first use: `import stream` alone loads nothing else."""
    if name not in __all__:
        raise AttributeError(f"module 'stream' has no attribute {name!r}")
    return getattr(import_module(_HOME.get(name, "stream.api")), name)
