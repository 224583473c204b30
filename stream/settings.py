"""Every setting, by group. Flags, environment, TOML and docs/settings.md come from the fields of the groups."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from stream.core.policy import Policy
from stream.core.setting import SettingError, SettingsGroup, check_settings, require, setting, settings_of
from stream.engines.registry import ENGINES
from stream.formats.registry_settings import Registry
from stream.kafka.connection import Connection
from stream.onnx.providers import PROVIDERS
from stream.runtime.options import EngineOptions
from stream.sink.policy import SinkPolicy
from stream.store.policy import StorePolicy
from stream.training.values.policy import TrainingPolicy

Group = TypeVar("Group", bound=SettingsGroup)

TOKEN_CHARS_MIN = 16

LogFormat = Literal["human", "json"]
LogLevel = Literal["debug", "info", "warning", "error"]


@dataclass(frozen=True, slots=True)
class Process:
    """Parts and appearance of a process. Raises SettingError on construction when a value is out of bounds."""

    encoder: str = setting("default", "Encoder: `default` or `demo`, which ship with Segue, or a folder.")
    provider: str = setting(
        "cpu",
        "Execution provider of the encoder; cuda needs the extra `gpu`, not `cpu`.",
        choices=tuple(PROVIDERS),
    )
    segment_model: str = setting(
        "", "File of a fixed segment model; empty: models come from the topic `segment-model`."
    )
    engine: str = setting(
        "transactional",
        "Engine that runs the jobs; faust needs the extra `faust` and is always at-least-once.",
        choices=tuple(ENGINES),
    )
    encoder_threads: int = setting(1, "Threads of the encoder.", gt=0)
    cache_texts: int = setting(20_000, "Texts whose vectors are kept in memory.", ge=0)
    max_text_chars: int = setting(512, "Length at which a longer text is cut, characters.", gt=0)
    http_host: str = setting("127.0.0.1", "Address of /metrics, /healthz and /readyz.")
    http_port: int = setting(9464, "Port of /metrics, /healthz and /readyz; 0 takes a free one.", ge=0, le=65_535)
    stall_s: float = setting(
        60.0, "Time without progress after which waiting records make a worker unhealthy, s.", gt=0
    )
    otlp_endpoint: str = setting(
        "",
        "Collector of traces (OTLP/HTTP), such as http://127.0.0.1:4318; empty: none. Needs the extra `otel`.",
    )
    log_format: LogFormat = setting("human", "Format of the log on standard error.")
    log_level: LogLevel = setting("info", "Lowest level of log lines to write.")

    def __post_init__(self) -> None:
        check_settings(self)
        if self.otlp_endpoint:
            parts = urlsplit(self.otlp_endpoint)
            expected = "http:// or https:// with a host and without a password, such as http://127.0.0.1:4318"
            is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
            require(is_usable, "otlp_endpoint", expected, self.otlp_endpoint)


@dataclass(frozen=True, slots=True)
class ServeSettings:
    """Address, access and limits of dashboard and API. Raises SettingError for a network address without a token."""

    serve_host: str = setting(
        "127.0.0.1", "Address of dashboard and API. Other than loopback needs SEGUE_SERVE_TOKENS."
    )
    serve_port: int = setting(8765, "Port of dashboard and API; 0 takes a free one.", ge=0, le=65_535)
    serve_tokens: tuple[str, ...] = setting(
        (), "Tokens that open dashboard and API, comma-separated, each of 16 characters or more.", secret=True
    )
    serve_names: tuple[str, ...] = setting(
        (), "Host names that requests may name, comma-separated. Empty: those of loopback, or any elsewhere."
    )
    serve_origins: tuple[str, ...] = setting(
        (), "Origins of pages that may ask the API from a browser (CORS), comma-separated. Empty: none."
    )
    serve_streams: int = setting(
        100, "Most pages with live updates at once; others show the figures of their load and try again.", ge=1
    )
    serve_rate: float = setting(
        1_000.0, "Most requests a second of one token or address; bursts of twice as many.", gt=0
    )

    def __post_init__(self) -> None:
        check_settings(self)
        short = [token for token in self.serve_tokens if len(token) < TOKEN_CHARS_MIN or not token.isascii()]
        require(not short, "serve_tokens", f"ASCII, each {TOKEN_CHARS_MIN} characters or more", "***")
        wrong = [origin for origin in self.serve_origins if not _is_origin(origin)]
        require(not wrong, "serve_origins", "scheme://host[:port], such as https://shop.example", wrong[:1])
        if not (self.is_loopback or self.serve_tokens):
            raise SettingError(
                f"serve_host {self.serve_host} can be reached from other machines, and there is no token: set "
                "SEGUE_SERVE_TOKENS, or listen on 127.0.0.1 (SEGUE_SERVE_HOST)"
            )

    @property
    def is_loopback(self) -> bool:
        """True if only programs of this machine can connect."""
        if self.serve_host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.serve_host).is_loopback
        except ValueError:  # a host name, wherever it leads
            return False


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """A set of all settings groups of a worker; a missing group has default values."""

    connection: Connection = field(default_factory=Connection)
    options: EngineOptions = field(default_factory=EngineOptions)
    policy: Policy = field(default_factory=Policy)
    training: TrainingPolicy = field(default_factory=TrainingPolicy)
    process: Process = field(default_factory=Process)
    registry: Registry = field(default_factory=Registry)


WORKER_GROUPS: tuple[type[SettingsGroup], ...] = (Connection, EngineOptions, Policy, TrainingPolicy, Process, Registry)
SERVE_GROUPS: tuple[type[SettingsGroup], ...] = (*WORKER_GROUPS, ServeSettings, StorePolicy)
GROUPS = (*SERVE_GROUPS, SinkPolicy)


def worker_settings(values: Mapping[str, Any]) -> WorkerSettings:
    """Return the groups of a worker made from the values of all settings; raises SettingError."""
    return WorkerSettings(
        connection=build_group(Connection, values),
        options=build_group(EngineOptions, values),
        policy=build_group(Policy, values),
        training=build_group(TrainingPolicy, values),
        process=build_group(Process, values),
        registry=build_group(Registry, values),
    )


def build_group(group: type[Group], values: Mapping[str, Any]) -> Group:
    """Return a group made from values by field; raises SettingError for a value out of bounds."""
    return group(**{each.name: each.read(values[each.name]) for each in settings_of(group)})


def _is_origin(text: str) -> bool:
    scheme, mark, host = text.partition("://")
    return scheme in ("http", "https") and bool(mark) and bool(host) and not set(host) & set("/?#@ *")
