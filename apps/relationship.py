"""Relationship: an application on the segments."""

from __future__ import annotations

from apps.app import App
from apps.settings import RelationshipSettings


class Relationship(App):
    """An application that waits for its method."""

    def __init__(self, settings: RelationshipSettings) -> None:
        self.settings = settings
