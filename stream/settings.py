"""Every setting: the fields of a few nouns, each with its help. Flags, environment and TOML all come from here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, fields
from typing import Any, TypeVar

from stream.core.policy import CLOCKS, Policy
from stream.kafka.connection import PROTOCOLS, Connection
from stream.runtime.options import GUARANTEES, EngineOptions
from stream.training.values.policy import CRITERIA, SEGMENTATIONS, TrainingPolicy

Noun = TypeVar("Noun")

ENGINES = ("transactional", "faust")
PROVIDERS = ("cpu", "cuda")
LOG_FORMATS = ("human", "json")
LOG_LEVELS = ("debug", "info", "warning", "error")


class ProcessError(ValueError):
    """A setting of the process is outside its bounds."""


@dataclass(frozen=True, slots=True)
class Process:
    """How a process presents itself. Raises ProcessError on construction when a value is out of bounds."""

    model: str = "models/default"
    provider: str = "cpu"
    segment_model: str = ""
    engine: str = "transactional"
    encode_threads: int = 1
    cache_texts: int = 20_000
    max_text_chars: int = 512
    http_host: str = "127.0.0.1"
    http_port: int = 9464
    stall_s: float = 60.0
    log_format: str = "human"
    log_level: str = "info"

    def __post_init__(self) -> None:
        for name in ("encode_threads", "max_text_chars", "stall_s"):
            _check(name, getattr(self, name) > 0, "> 0", getattr(self, name))
        _check("cache_texts", self.cache_texts >= 0, ">= 0", self.cache_texts)
        _check("http_port", 0 <= self.http_port <= 65_535, "0 to 65535", self.http_port)
        for name in ("provider", "engine", "log_format", "log_level"):
            choices = CHOICES[name]
            _check(name, getattr(self, name) in choices, f"one of {', '.join(choices)}", getattr(self, name))


def _check(name: str, ok: bool, expected: str, got: object) -> None:
    if not ok:
        raise ProcessError(f"{name} must be {expected}, got {got!r} (SEGUE_{name.upper()})")


GROUPS: tuple[type[Any], ...] = (Connection, EngineOptions, Policy, TrainingPolicy, Process)

CHOICES: dict[str, tuple[str, ...]] = {
    "security_protocol": PROTOCOLS,
    "clock": CLOCKS,
    "k_criterion": CRITERIA,
    "segmentation": SEGMENTATIONS,
    "guarantee": GUARANTEES,
    "provider": PROVIDERS,
    "engine": ENGINES,
    "log_format": LOG_FORMATS,
    "log_level": LOG_LEVELS,
}

SECRET = frozenset({"sasl_password"})

HELP: dict[str, str] = {
    "bootstrap_servers": "Kafka brokers, host:port, comma-separated.",
    "security_protocol": "How to talk to the brokers.",
    "sasl_mechanism": "SASL mechanism, such as PLAIN or SCRAM-SHA-512.",
    "sasl_username": "SASL user.",
    "sasl_password": "SASL password; better given by environment than by flag.",
    "ssl_cafile": "PEM file of the authority that signed the brokers' certificates; empty: the system's.",
    "ssl_certfile": "PEM file of the client certificate.",
    "ssl_keyfile": "PEM file of the client certificate's key.",
    "allow_plaintext_sasl": "Allow SASL_PLAINTEXT, which sends the password unencrypted.",
    "group": "Name of this deployment: prefix of its consumer groups and changelogs.",
    "instance": "Stable name of a worker, so that a restart resumes at once. `hostname`: the machine's. Empty: none.",
    "guarantee": "What consumers of the outputs may rely on after a crash.",
    "batch_records": "Most records a turn of the loop takes.",
    "poll_ms": "How long a turn waits for the first record, ms.",
    "session_timeout_ms": "After how long without a sign of life another worker takes over, ms.",
    "transaction_timeout_ms": "After how long the broker aborts a dead worker's transaction, ms.",
    "window_items": "Most items a window holds (N).",
    "window_ms": "How long an item stays in a window (T), ms.",
    "half_life_ms": "After how long an item weighs half, ms.",
    "semantic_weight": "Weight of the texts in a profile, 0 to 1; the explicit features have the rest.",
    "kinds": "Kinds of event whose share is a feature, comma-separated; all others are `other`.",
    "min_items": "Fewest items before a person gets a segment.",
    "margin": "By which part a new segment must be nearer than the present one, 0 to 1.",
    "dwell_ms": "How long a new segment must stay nearer before the change is made, ms.",
    "max_ahead_ms": "How far ahead of the broker's clock an event's time may be, ms.",
    "sample_every_ms": "How often a person's profile is sampled for training, ms.",
    "clock": "wall: the broker's time of each record; event: the largest event time seen, for replays.",
    "evidence_texts": "Whether changes carry the texts that moved a person, or only their ids.",
    "force": "Segments that declared traits force, `trait=value:segment`, comma-separated; the first match counts.",
    "overrides": "Margins and dwells of single segments, `segment:margin=0.2:dwell_ms=3600000`, comma-separated.",
    "n_segments": "Number of segments at the warm-up (k); 0: as many as gaps part, or the criterion says.",
    "n_segments_max": "Most segments that are looked for, and that splits and births may lead to.",
    "k_criterion": "What chooses k where people form fewer groups with gaps between them than it says.",
    "segmentation": "What finds the first segments; dbscan: groups denser than what is around them (HDBSCAN).",
    "warm_up_samples": "Samples before the first segment model.",
    "batch_samples": "Samples of each later training step.",
    "seed": "Seed of the fits.",
    "unknown_rate": "Share of ordinary profiles that may be called unknown, 0 to 1.",
    "learning_half_life_ms": "After how long a sample counts half in its centroid, ms.",
    "review_ms": "How often the segments are reviewed and a new model may serve, ms.",
    "reservoir_users": "Most people the trainer remembers; the largest segments give way first.",
    "reservoir_ms": "For how long the trainer remembers somebody who is not seen again, ms.",
    "adapt": "Whether segments may split, merge, be born and be retired by themselves.",
    "segment_users_min": "Fewest people of a new segment.",
    "rare_share": "Share of people below which a segment is called rare, 0 to 1.",
    "shadow_ms": "For how long a model with other segments runs in shadow before it may serve, ms.",
    "retire_after_ms": "After how long without its people a segment is retired, ms.",
    "churn_budget": "Share of people that a new model may take out of their segments by itself, 0 to 1.",
    "ramp_ms": "Over how long people pass to a new model, ms; 0: at once.",
    "member_ids": "Whether segments name typical members by user id instead of by hash.",
    "warn_unknown": "Share of unknown people that is a warning, 0 to 1.",
    "warn_flips": "Changes of segment per person and day that are a warning.",
    "warn_psi": "Population stability index that is a warning.",
    "warn_drift": "Way of a centroid, in parts of its threshold, that is a warning.",
    "model": "Folder of the encoder.",
    "provider": "What runs the encoder; cuda needs the extra `gpu` in place of `cpu`.",
    "segment_model": "File of a fixed segment model; empty: models come from the topic `segment-model`.",
    "engine": "What carries the jobs; faust needs the extra of that name and is always at-least-once.",
    "encode_threads": "Threads of the encoder.",
    "cache_texts": "Texts whose vectors are kept in memory.",
    "max_text_chars": "A longer text is cut here.",
    "http_host": "Address of /metrics, /healthz and /readyz.",
    "http_port": "Port of /metrics, /healthz and /readyz; 0 takes a free one.",
    "stall_s": "Records waiting so long without progress make a worker unhealthy, s.",
    "log_format": "Log lines for people or for machines, on standard error.",
    "log_level": "Least important log lines to write.",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: the noun it belongs to, its name, type and default."""

    noun: type[Any]
    name: str
    type: type[Any]
    default: Any

    @property
    def env(self) -> str:
        """Name of its environment variable."""
        return f"SEGUE_{self.name.upper()}"

    @property
    def help(self) -> str:
        """One sentence."""
        return HELP[self.name]


def settings_of(*nouns: type[Any]) -> Iterator[Setting]:
    """The settings of these nouns, in order."""
    for noun in nouns:
        for each in fields(noun):
            default = _default(each)
            yield Setting(noun, each.name, type(default), default)


def build(noun: type[Noun], values: Mapping[str, Any]) -> Noun:
    """A noun from the values of its fields; raises the noun's own error when they are out of bounds."""
    return noun(**{setting.name: values[setting.name] for setting in settings_of(noun)})


def _default(each: Field[Any]) -> Any:
    if each.default is MISSING:
        raise TypeError(f"the setting {each.name} has no default")
    return each.default
