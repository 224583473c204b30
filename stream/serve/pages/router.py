"""Routes of the pages."""

from __future__ import annotations

from fastapi import APIRouter

from stream.serve.parts import Parts


def build_router(parts: Parts) -> APIRouter:
    """Return the routes."""
    return APIRouter(include_in_schema=False)
