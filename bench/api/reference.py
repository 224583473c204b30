"""The least that a server in Python can be: one Starlette route over the same store, without any check.

`python -m bench.api.reference STORE` prints its address.
"""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stream.serve.server import listen
from stream.settings import ServeSettings
from stream.store.queries.users import user_record
from stream.store.store import Store, open_store


def application(path: Path) -> Starlette:
    """Return the application; the store is opened by the first request, in the thread that uses it."""
    opened: list[Store] = []

    async def get_user(request: Request) -> Response:
        if not opened:
            opened.append(open_store(path))
        found = user_record(opened[0], request.path_params["user"])
        return Response(found, 200 if found else 404, media_type="application/json")

    return Starlette(routes=[Route("/api/v1/users/{user}", get_user)])


def main() -> None:
    """Serve the store named on the command line."""
    with listen(ServeSettings(serve_port=0)) as listening:
        print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
        config = uvicorn.Config(application(Path(sys.argv[1])), log_config=None, access_log=False)
        uvicorn.Server(config).run([listening])


if __name__ == "__main__":
    main()
