"""Campaigns from a TOML file, or one for each segment."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from stream.core.encoder import Encoder
from stream.core.setting import SettingError
from stream.wire.catalogue import CatalogueEntry
from stream.wire.fields import Fields

_ANY = "campaign"  # so that no id is the name of an event of the Segment spec


class Campaign(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A campaign: to whom it may go, how many, and when. A time without a zone is UTC; `end` itself is too late."""

    id: str
    name: str = ""
    texts: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    budget: int = 1_000
    start: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    end: datetime = datetime(9999, 12, 31, tzinfo=UTC)

    @property
    def key(self) -> str:
        """The id as it is in kinds of event, which are in snake case: `baby_days` for `baby-days`."""
        return key_of(self.id)

    @property
    def start_ms(self) -> int:
        """Start in milliseconds since 1970."""
        return _milliseconds(self.start)

    def is_open(self, time_ms: int) -> bool:
        """Return True if `time_ms` is in `[start, end)`."""
        return self.start_ms <= time_ms < _milliseconds(self.end)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    campaign: tuple[Campaign, ...]


def read_campaigns(file: Path) -> dict[str, Campaign]:
    """Return the campaigns of a file by key. Raises SettingError, which says what is wrong with the file."""
    try:
        with file.open("rb") as opened:
            campaigns = msgspec.convert(tomllib.load(opened), _File).campaign
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise _error(f"a TOML file of campaigns ({error})", file) from error
    by_key = {campaign.key: campaign for campaign in campaigns}
    if len(by_key) != len(campaigns) or not all(by_key):
        raise _error("a file in which each campaign has an id of its own, of letters and digits", file)
    wrong = [each.id for each in campaigns if each.budget < 1 or each.start_ms >= _milliseconds(each.end)]
    if wrong:
        raise _error(f"a file whose campaigns have a budget >= 1 and a start before the end ({', '.join(wrong)})", file)
    return by_key


def segment_campaign(segment: CatalogueEntry, budget: int) -> Campaign:
    """Return a campaign for the users of a segment, under the segment's id and name."""
    return Campaign(id=segment.id, name=segment.description.name, segments=(segment.id,), budget=budget)


def encoder_of(campaigns: Iterable[Campaign], name: str) -> Encoder | None:
    """Load the encoder of the campaigns' texts, if there are any. Raises SettingError when it cannot be read."""
    if not any(campaign.texts for campaign in campaigns):
        return None
    from stream.onnx.encoder import OnnxEncoder  # and a runtime, which campaigns without texts do not need
    from stream.onnx.folder import EncoderError
    from stream.onnx.shipped import encoder_folder

    try:
        return OnnxEncoder(encoder_folder(name))
    except EncoderError as error:
        raise SettingError.of("marketing_encoder", f"the encoder of the workers ({error})", name) from error


def key_of(campaign: str) -> str:
    """Return the key of a campaign's id.

    >>> key_of("baby-days"), key_of("s-0003"), key_of("13")
    ('baby_days', 's_0003', '13')
    """
    return Fields().kind_of(f"{_ANY} {campaign}").removeprefix(_ANY).removeprefix("_")


def _milliseconds(time: datetime) -> int:
    zoned = time if time.tzinfo else time.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1_000)


def _error(expected: str, file: Path) -> SettingError:
    return SettingError.of("marketing_campaigns", expected, str(file))
