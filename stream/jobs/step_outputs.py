"""The outputs of a step of the segmenter: records to send, and counts for observers, with examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from stream.core.event import Misplaced
from stream.core.outcome import Step
from stream.core.output import Change, Membership, Output, PackedSample, Profile, Rejection
from stream.jobs.received import Received
from stream.runtime.job import BatchSummary, Example, TracedChange
from stream.training.values.commands import Forget
from stream.wire.changes import change_id, change_message
from stream.wire.commands import command_message
from stream.wire.dead_letters import dead_letter
from stream.wire.memberships import membership_message
from stream.wire.profiles import profile_message, profile_tombstone
from stream.wire.records import ConsumerRecord, ProducerRecord
from stream.wire.samples import packed_message
from stream.wire.trace_context import continued


def misplaced(received: Received) -> list[tuple[ConsumerRecord, int]]:
    """Return the records of users of other partitions, each with its user's partition."""
    contents = sorted(received.records.contents.items())
    return [(received.raws[row], content.home) for row, content in contents if isinstance(content, Misplaced)]


def summary_of(done: Step, received: Received, n_changelog_bytes: int) -> BatchSummary:
    """Return the counts of a step over records."""
    raws = received.raws
    rejections = [output for output in done.outputs if isinstance(output, Rejection)]
    changes = [output for output in done.outputs if isinstance(output, Change)]
    moved = misplaced(received)
    ignored = [(path, raws[row]) for row, paths in sorted(received.records.ignored.items()) for path in paths]
    return BatchSummary(
        n_records=len(raws),
        oldest_ms=raws[0].timestamp_ms if raws else None,
        n_changelog_bytes=n_changelog_bytes,
        n_wrong_times=received.n_wrong_times,
        outcomes=done.counts,
        rejections=Counter(rejection.reason for rejection in rejections),
        changes=Counter(change.rule for change in changes),
        newest_late_ms=done.newest_late_ms,
        first_forwarded=(moved[0][0].partition, moved[0][0].offset) if moved else None,
        ignored=Counter(path for path, _ in ignored),
        examples=_examples(rejections, _by_offset(rejections, raws))
        | {path: Example(raw.topic, raw.partition, raw.offset) for path, raw in reversed(ignored)},
        traced=[_traced(change) for change in changes if change.traceparent],
    )


def _traced(change: Change) -> TracedChange:
    identity = change_id(change.user, change.sequence, change.decision_time_ms)
    return TracedChange(
        parent=change.traceparent,
        traceparent=continued(change.traceparent, identity),
        change_id=identity,
        sequence=change.sequence,
        rule=change.rule,
        from_segment=change.from_segment,
        to_segment=change.to_segment,
        segment_model=change.segment_model,
    )


def _examples(rejections: Sequence[Rejection], by_offset: Mapping[int, ConsumerRecord]) -> dict[str, Example]:
    """Return the first rejection of each reason."""
    found: dict[str, Example] = {}
    for rejection in reversed(rejections):
        raw = by_offset[rejection.offset]
        found[rejection.reason] = Example(raw.topic, raw.partition, raw.offset, rejection.detail)
    return found


def messages(outputs: list[Output], raws: Sequence[ConsumerRecord]) -> Iterator[ProducerRecord]:
    """Yield the outputs of a step over `raws` as records, in order."""
    by_offset = _by_offset(outputs, raws)
    for output in outputs:
        match output:
            case Change():
                yield change_message(output)
            case Membership():
                yield membership_message(output)
                if output.segment is None:
                    yield profile_tombstone(output.user)  # whatever the setting: it may have been another before
                    yield command_message(Forget(output.user))
            case Profile():
                yield profile_message(output)
            case PackedSample():
                yield packed_message(output)
            case Rejection():
                yield dead_letter(output, by_offset[output.offset])


def _by_offset(outputs: Iterable[Output], raws: Sequence[ConsumerRecord]) -> Mapping[int, ConsumerRecord]:
    """Return the records that were rejected."""
    offsets = {output.offset for output in outputs if isinstance(output, Rejection)}
    return {raw.offset: raw for raw in raws if raw.offset in offsets} if offsets else {}
