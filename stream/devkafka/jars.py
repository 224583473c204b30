"""The jars of Apache Kafka in a cache folder: downloaded once, verified at every use.

`jars.lock` pins each jar by coordinate, size and SHA-256 (`lock.py` writes it), so nothing is resolved at run time.
A jar enters the cache by a rename after its digest was verified. Every start verifies it again: 45 MB in about 30 ms.
An interrupted download, a full disk or a flipped bit is therefore always found.
The download itself is a function `fetch(jar, folder) -> path`; the real one is jgo's.
"""

import errno
import hashlib
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from tqdm import tqdm

from stream.devkafka.errors import ExtraMissingError, JarDownloadError

KAFKA_VERSION = "4.2.0"
N_DOWNLOADS = 8  # at once
TIMEOUT_S = 30  # for a server that sends nothing
PAUSES_S = (1.0, 2.0)  # before a jar is tried again, and once more


@dataclass(frozen=True)
class Jar:
    """A line of `jars.lock`."""

    group: str
    artifact: str
    version: str
    n_bytes: int
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"


Fetch = Callable[[Jar, Path], Path]


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Return the download folder: SEGUE_CACHE_DIR, else `segue` in XDG_CACHE_HOME, else in ~/.cache."""
    if chosen := environment.get("SEGUE_CACHE_DIR"):
        return Path(chosen).expanduser()
    return Path(environment.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "segue"


def locked_jars() -> list[Jar]:
    """Return the jars of a broker, in the order of the class path."""
    text = files(__package__).joinpath("jars.lock").read_text()
    return [_parse(line) for line in text.splitlines() if not line.startswith("#")]


def _parse(line: str) -> Jar:
    name, n_bytes, sha256 = line.split()
    group, artifact, version = name.split(":")
    return Jar(group, artifact, version, int(n_bytes), sha256)


def ensure_jars(folder: Path, jars: list[Jar], fetch: Fetch) -> list[Path]:
    """Return the verified paths of `jars` in `folder`. Fetch missing or damaged ones first.

    Several processes may call this at once: one downloads, the others wait.
    """
    try:
        if any(not _is_good(folder, jar) for jar in jars):
            folder.mkdir(parents=True, exist_ok=True)
            with _locked(folder / ".lock"):
                missing = [jar for jar in jars if not _is_good(folder, jar)]  # another process may have been here
                if missing:
                    _download(missing, folder, fetch)
    except OSError as error:
        raise JarDownloadError(_explain(error, folder, jars)) from error
    return [folder / jar.filename for jar in jars]


def fetch_with_jgo(jar: Jar, folder: Path) -> Path:
    """Download one jar under `folder`, from the repositories of jgo's settings file or Maven Central."""
    try:
        import requests
        from jgo.maven import MavenContext
    except ImportError as error:
        raise ExtraMissingError("jgo") from error
    context = MavenContext(repo_cache=folder, remote_repos=_repositories(), timeout=TIMEOUT_S)
    try:
        return context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (requests.RequestException, RuntimeError) as error:
        raise JarDownloadError(
            f"cannot download {jar.filename} of Apache Kafka {KAFKA_VERSION}: {error}\n"
            "Is this machine online? Then run the command again: what has arrived is kept. "
            "A mirror goes into [repositories] of jgo's settings file (~/.config/jgo.conf); on a machine "
            "that stays offline, copy the folder that SEGUE_CACHE_DIR names (default ~/.cache/segue) from one "
            "that has it, or point SEGUE_BOOTSTRAP_SERVERS at a Kafka you have."
        ) from error


@cache
def _repositories() -> dict[str, str] | None:
    from jgo.config import GlobalSettings

    return GlobalSettings.load().repositories or None


def _is_good(folder: Path, jar: Jar) -> bool:
    path = folder / jar.filename
    return path.is_file() and path.stat().st_size == jar.n_bytes and _digest(path) == jar.sha256


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _download(jars: list[Jar], folder: Path, fetch: Fetch) -> None:
    """Fetch `jars` into `folder`, a few at once. After a failure, finish the running downloads and raise."""
    for left_by_a_killed_run in folder.glob("arriving-*"):
        shutil.rmtree(left_by_a_killed_run, ignore_errors=True)
    n_bytes = sum(jar.n_bytes for jar in jars)
    title = f"Apache Kafka {KAFKA_VERSION}"
    with (
        _system_certificates(),
        tempfile.TemporaryDirectory(prefix="arriving-", dir=folder, ignore_cleanup_errors=True) as arriving,
        tqdm(total=n_bytes, unit="B", unit_scale=True, desc=title, disable=None) as bar,  # None: only on a terminal
        ThreadPoolExecutor(N_DOWNLOADS) as pool,
    ):
        waiting = {pool.submit(_download_one, jar, folder, Path(arriving), fetch): jar for jar in jars}
        try:
            for done in as_completed(waiting):
                done.result()
                bar.update(waiting[done].n_bytes)
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _system_certificates() -> Iterator[None]:
    """Verify with the system's certificates, as uv does: a company's own authority is not in Python's bundle."""
    try:
        import truststore
    except ImportError as error:
        raise ExtraMissingError("truststore") from error
    truststore.inject_into_ssl()
    try:
        yield
    finally:
        truststore.extract_from_ssl()


def _download_one(jar: Jar, folder: Path, arriving: Path, fetch: Fetch) -> None:
    path = _fetch(jar, arriving, fetch)
    if (found := _digest(path)) != jar.sha256:
        raise JarDownloadError(
            f"{jar.filename} arrived damaged or altered: SHA-256 {found}, expected {jar.sha256}. "
            "Run the command again; if it stays so, a proxy or mirror between here and Maven Central changes files."
        )
    path.replace(folder / jar.filename)


def _fetch(jar: Jar, arriving: Path, fetch: Fetch) -> Path:
    """Return the path of a fetched jar. Each attempt has its own folder: jgo would take a partial file as whole."""
    for pause_s in PAUSES_S:
        with suppress(JarDownloadError):
            return fetch(jar, Path(tempfile.mkdtemp(dir=arriving)))
        time.sleep(pause_s)
    return fetch(jar, Path(tempfile.mkdtemp(dir=arriving)))


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path`. The system releases it however the process ends."""
    import fcntl

    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _explain(error: OSError, folder: Path, jars: list[Jar]) -> str:
    n_mb = sum(jar.n_bytes for jar in jars) / 1e6
    if error.errno == errno.ENOSPC:
        return f"the disk is full: the jars of Apache Kafka need {n_mb:.0f} MB in {folder} (SEGUE_CACHE_DIR moves it)"
    return f"cannot write to the cache {folder}: {error} (SEGUE_CACHE_DIR moves it)"
