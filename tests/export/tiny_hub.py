"""A hub of one model on 127.0.0.1: the few answers that a client of Hugging Face's hub asks for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

COMMIT = "a" * 40


@contextmanager
def tiny_hub(folder: Path) -> Iterator[str]:
    """The address of a hub that has the files of `folder` under any id, while the block runs."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(body=True)

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def _answer(self, *, body: bool) -> None:
            file = folder / self.path.rsplit("/", 1)[1]
            if self.path.startswith("/api/models/"):
                names = [{"rfilename": each.name} for each in folder.iterdir()]
                data = json.dumps({"id": "owner/name", "sha": COMMIT, "siblings": names}).encode()
            elif file.is_file():
                data = file.read_bytes()
            else:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.send_header("ETag", f'"{sha1(data).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if body:
                self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
