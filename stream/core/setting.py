"""Settings as dataclass fields: one line holds a setting's default, help, bounds and choices.

    margin: float = setting(0.1, "Share by which a new segment must be nearer, 0 to below 1.", ge=0, lt=1)

Flag, environment variable, TOML key, check and table row are derived from the line (`stream/settings.py`). Only
the standard library is imported, for use in the pure core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import Enum
from typing import Any, ClassVar, Literal, Protocol, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
Number = int | float

_METADATA = "setting"


class SettingError(ValueError):
    """A setting out of bounds, or in contradiction to another one; nothing was connected.

    >>> str(SettingError.of("half_life_ms", "> 0", -5))
    'half_life_ms must be > 0, got -5 (SEGUE_HALF_LIFE_MS)'
    """

    @classmethod
    def of(cls, name: str, expected: str, got: object) -> SettingError:
        """Return the error of one setting: name, expected, got, and environment variable."""
        return cls(f"{name} must be {expected}, got {got!r} ({env_name(name)})")


class SettingsGroup(Protocol):
    """A frozen dataclass with fields made by `setting`."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval of numbers; a bound of None does not apply. NaN is never inside."""

    ge: Number | None = None
    gt: Number | None = None
    le: Number | None = None
    lt: Number | None = None

    def contains(self, value: Number) -> bool:
        """Return True if `value` is inside every bound."""
        return (
            (self.ge is None or value >= self.ge)
            and (self.gt is None or value > self.gt)
            and (self.le is None or value <= self.le)
            and (self.lt is None or value < self.lt)
        )

    def __str__(self) -> str:
        """Return the interval as shown in errors: `0 to below 1`, `>= 1`, `> 0`."""
        if self.ge is not None and self.le is not None:
            return f"{self.ge:,} to {self.le:,}"
        if self.ge is not None and self.lt is not None:
            return f"{self.ge:,} to below {self.lt:,}"
        marks = ((">=", self.ge), (">", self.gt), ("<=", self.le), ("<", self.lt))
        return " and ".join(f"{mark} {bound:,}" for mark, bound in marks if bound is not None)


@dataclass(frozen=True, slots=True)
class _Metadata:
    help: str
    bounds: Bounds
    choices: tuple[str, ...]
    parse: Callable[[str], Any] | None
    secret: bool


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting: group, name, type, default, help and limits.

    `choices` is empty for a free value. `parse`, for a comma-separated setting, reads one item and raises ValueError
    with the expected form; None leaves the items as text.
    """

    group: type[Any]
    name: str
    type: type[Any]
    default: Any
    help: str
    bounds: Bounds
    choices: tuple[str, ...]
    parse: Callable[[str], Any] | None
    secret: bool

    @property
    def env(self) -> str:
        """Name of the environment variable."""
        return env_name(self.name)

    def read(self, value: Any) -> Any:
        """Return the typed value of a flag, variable or TOML value; raises SettingError."""
        if issubclass(self.type, Enum) and value in self.choices:
            return self.type(value)
        if self.parse is None:
            return value
        return tuple(_parsed(self, self.parse, text) for text in value)

    def check(self, value: Any) -> None:
        """Raise SettingError unless `value` is one of the choices and inside the bounds."""
        if self.choices and value not in self.choices:
            raise SettingError.of(self.name, f"one of {', '.join(self.choices)}", value)
        if self.bounds != Bounds() and not self.bounds.contains(value):
            raise SettingError.of(self.name, str(self.bounds), value)


def setting(
    default: T,
    help_text: str,
    *,
    ge: Number | None = None,
    gt: Number | None = None,
    le: Number | None = None,
    lt: Number | None = None,
    choices: tuple[str, ...] = (),
    parse: Callable[[str], Any] | None = None,
    secret: bool = False,
) -> T:
    """Declare a dataclass field as a setting. A Literal or an enum as its type gives the choices by itself."""
    metadata = _Metadata(help_text, Bounds(ge, gt, le, lt), choices, parse, secret)
    made: T = field(default=default, metadata={_METADATA: metadata})
    return made


def settings_of(*groups: type[SettingsGroup]) -> Iterator[Setting]:
    """Yield the settings of the groups, in the order of fields."""
    for group in groups:
        types = get_type_hints(group)
        for each in fields(group):
            known = each.metadata.get(_METADATA)
            if known is None or each.default is MISSING:
                raise TypeError(f"{group.__name__}.{each.name} is no setting: declare it with setting(default, help)")
            yield _setting(group, each, known, types[each.name])


def check_settings(group: SettingsGroup) -> None:
    """Raise SettingError for the first value of `group` outside its limits; for `__post_init__`."""
    for each in settings_of(type(group)):
        each.check(getattr(group, each.name))


def require(ok: bool, name: str, expected: str, got: object) -> None:
    """Raise SettingError unless `ok`: for a rule beyond the bounds of one setting."""
    if not ok:
        raise SettingError.of(name, expected, got)


def env_name(name: str) -> str:
    """Return the environment variable of a setting: `dwell_ms` is SEGUE_DWELL_MS."""
    return f"SEGUE_{name.upper()}"


def _setting(group: type[Any], of: Field[Any], known: _Metadata, annotation: Any) -> Setting:
    return Setting(
        group=group,
        name=of.name,
        type=type(of.default),
        default=of.default,
        help=known.help,
        bounds=known.bounds,
        choices=known.choices or _choices(annotation),
        parse=known.parse,
        secret=known.secret,
    )


def _choices(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return tuple(str(each.value) for each in annotation)
    return ()


def _parsed(of: Setting, parse: Callable[[str], Any], text: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise SettingError.of(of.name, str(error), text) from error
