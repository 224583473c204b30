"""The application: API, pages, live updates and static files behind one guard."""

from __future__ import annotations

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.responses import Response

from stream.serve.api.router import PREFIX
from stream.serve.api.router import build_router as build_api
from stream.serve.guard import Guard
from stream.serve.live.router import build_router as build_live
from stream.serve.pages.router import build_router as build_pages
from stream.serve.parts import Parts
from stream.serve.problems import Problem, ProblemError, problem_of_status
from stream.web.vendored import STATIC


def build_app(parts: Parts) -> FastAPI:
    """Return the application. Its own documentation pages are off, since they load scripts from another host."""
    app = FastAPI(title="Segue", version="1", openapi_url=f"{PREFIX}/openapi.json", docs_url=None, redoc_url=None)
    for build_router in (build_api, build_pages, build_live):
        app.include_router(build_router(parts))
    app.mount("/static", StaticFiles(directory=STATIC))
    app.add_exception_handler(ProblemError, _problem)
    app.add_exception_handler(HTTPException, _framework_error)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(Exception, _fault)
    app.add_middleware(Guard)
    return app


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)
    return error.response()


async def _framework_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = f"{request.method} {request.url.path}: {str(error.detail).lower()}"
    return ProblemError(problem_of_status(error.status_code), detail, error.headers).response()


async def _malformed(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = [{"at": ".".join(map(str, each["loc"])), "is": each["msg"]} for each in error.errors()]
    return ProblemError(Problem.BAD_REQUEST, f"{found[0]['at']}: {found[0]['is']}", errors=found).response()


async def _fault(_: Request, __: Exception) -> Response:
    return ProblemError(Problem.INTERNAL_ERROR, "the server's log has the cause").response()
