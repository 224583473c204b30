"""All routes of the API."""

from __future__ import annotations

from fastapi import APIRouter

from stream.serve.parts import Parts

PREFIX = "/api/v1"


def build_router(parts: Parts) -> APIRouter:
    """Return the routes."""
    return APIRouter(prefix=PREFIX)
