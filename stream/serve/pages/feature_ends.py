"""Words for less and for more of an explicit feature: pure."""

from __future__ import annotations

from stream.core.features import GENERAL, share_of

_SHARE = "share_"


def ends_of(name: str) -> tuple[str, str]:
    """Return the words for a low and for a high value of a feature; empty for a feature of another version.

    >>> ends_of("weekend_share"), ends_of("share_view"), ends_of("of old")
    (('weekdays', 'weekends'), ('few views', 'many views'), ('', ''))
    """
    if name in GENERAL:
        return GENERAL[name].low, GENERAL[name].high
    if name.startswith(_SHARE):
        feature = share_of(name.removeprefix(_SHARE))
        return feature.low, feature.high
    return "", ""
