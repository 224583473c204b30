"""Campaigns from a TOML file, or one for each segment."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from stream.core.setting import SettingError
from stream.wire.catalogue import CatalogueEntry


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
    def start_ms(self) -> int:
        """Start in milliseconds since 1970."""
        return _milliseconds(self.start)

    def is_open(self, time_ms: int) -> bool:
        """Return True if `time_ms` is in `[start, end)`."""
        return self.start_ms <= time_ms < _milliseconds(self.end)


class _File(msgspec.Struct, forbid_unknown_fields=True):
    campaign: tuple[Campaign, ...]


def read_campaigns(file: Path) -> dict[str, Campaign]:
    """Return the campaigns of a file by id. Raises SettingError, which says what is wrong with the file."""
    try:
        with file.open("rb") as opened:
            campaigns = msgspec.convert(tomllib.load(opened), _File).campaign
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as error:
        raise _error(f"a TOML file of campaigns ({error})", file) from error
    by_id = {campaign.id: campaign for campaign in campaigns}
    if len(by_id) != len(campaigns) or not all(by_id):
        raise _error("a file in which each campaign has an id of its own", file)
    wrong = [each.id for each in campaigns if each.budget < 1 or each.start_ms >= _milliseconds(each.end)]
    if wrong:
        raise _error(f"a file whose campaigns have a budget >= 1 and a start before the end ({', '.join(wrong)})", file)
    return by_id


def segment_campaign(segment: CatalogueEntry, budget: int) -> Campaign:
    """Return a campaign for the users of a segment, under the segment's id and name."""
    return Campaign(id=segment.id, name=segment.description.name, segments=(segment.id,), budget=budget)


def _milliseconds(time: datetime) -> int:
    zoned = time if time.tzinfo else time.replace(tzinfo=UTC)
    return round(zoned.timestamp() * 1_000)


def _error(expected: str, file: Path) -> SettingError:
    return SettingError.of("marketing_campaigns", expected, str(file))
