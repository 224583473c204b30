"""The hot path as one function of values; the kernel does the work.

    step(records, partition, serving, encoder, policy, until_ms, labels, evaluated, observe) -> Step

`records` are of one partition, in order. Arguments are not changed: an engine delivers the outputs and the changed
states atomically, then merges. Results do not depend on how records are cut into batches: `step(a + b)` equals
`step(a)` followed by `step(b)`, bit for bit. Therefore a replay equals the original run.

`tests/specification` has the same function in plain Python, to be read, and to hold the kernel to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from ctypes import byref

from stream.core.batch import batch_of
from stream.core.deciding import feature_names
from stream.core.encoder import Encoder
from stream.core.evaluated import Observe, evaluated_at
from stream.core.kernel.binding import kernel, step_of
from stream.core.kernel.step_layout import Flag
from stream.core.labels import NO_LABELS, LabelHeads
from stream.core.outcome import Step
from stream.core.output import Change, Output
from stream.core.output_rows import output_rows
from stream.core.outputs import OutputReader
from stream.core.partition import PartitionState
from stream.core.policy import Policy
from stream.core.records import Records
from stream.core.row_reader import RowReader
from stream.core.serving import NOTHING_SERVES, Serving
from stream.core.window_reader import WindowReader


def step(
    records: Records,
    partition: PartitionState,
    serving: Serving | None,
    encoder: Encoder,
    policy: Policy,
    until_ms: int = 0,
    labels: LabelHeads = NO_LABELS,
    evaluated: Iterable[str] = (),
    observe: Observe | None = None,
) -> Step:
    """Apply `records`, then advance time to `until_ms` (0: no farther than the records prove).

    At the end the users in `evaluated` are evaluated without an event; none may wait for a new encoding.
    `observe` is called with each evaluation, in order. Raise ValueError for a model of another encoder or other
    features, and for columns that do not fit together.
    """
    features = feature_names(policy)
    if serving is not None:
        serving.check(encoder.version, features)
    batch = batch_of(records, partition, encoder, policy, until_ms, evaluated)
    batch.block.observe = observe is not None
    deciding, rules = partition.deciding(serving, labels), partition.rules
    handle = kernel().segue_step(partition.handle, byref(rules.block), byref(deciding.block), byref(batch.block))
    offset = int(records.offsets[-1]) if len(records) else partition.offset
    done = Step(handle, (batch, deciding), partition, offset, serving.versions if serving else NOTHING_SERVES)
    rows, windows = RowReader(partition, deciding.models, features), WindowReader(partition, batch)
    reader = OutputReader(records, batch, rows, windows, policy, labels, step_of(handle).samples)
    done.outputs += _read(handle, reader, rows, windows, observe)
    return done


def _read(
    handle: int, reader: OutputReader, rows: RowReader, windows: WindowReader, observe: Observe | None
) -> list[Output]:
    done, outputs = step_of(handle), list[Output]()
    for row in output_rows(done.outputs, done.n_outputs):
        made = list(reader.outputs(row))
        outputs += made
        if observe is not None and row.flags & Flag.EVALUATED:
            change = next((each for each in made if isinstance(each, Change)), None)
            observe(evaluated_at(row, rows, windows, change))
    return outputs
