"""Writing `jars.lock` after a change of version: `python -m stream.devkafka.lock`.

The dependencies are resolved from the POMs in pure Python, without Maven or Java, and downloaded. The result is
reviewed and committed. Running a broker never does this.
"""

import hashlib
import tempfile
from pathlib import Path

from jgo.maven import Artifact, MavenContext
from jgo.parse import Endpoint

from stream.devkafka.jars import KAFKA_VERSION, TIMEOUT_S

SLF4J_VERSION = "1.7.36"  # the API version Kafka 4.2 is built with; `simple` logs to stderr, so to the log file
ENDPOINT = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.slf4j:slf4j-simple:{SLF4J_VERSION}"


def main() -> None:
    """Resolve, download, hash and write."""
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder), timeout=TIMEOUT_S)
        dependencies = [context.create_dependency(each) for each in Endpoint.parse(ENDPOINT).coordinates]
        asked, transitive = context.resolver.resolve(dependencies)
        needed = [each for each in transitive if each.scope in ("compile", "runtime")]
        lines = [_line(each.artifact) for each in [*asked, *needed]]
    header = f"# {ENDPOINT} and what it needs: group:artifact:version, bytes, SHA-256. Written by lock.py.\n"
    Path(__file__).with_name("jars.lock").write_text(header + "".join(lines))


def _line(artifact: Artifact) -> str:
    content = artifact.resolve().read_bytes()
    name = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
    return f"{name} {len(content)} {hashlib.sha256(content).hexdigest()}\n"


if __name__ == "__main__":
    main()
