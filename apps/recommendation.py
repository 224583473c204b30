"""Recommendation: an application on the segments."""

from __future__ import annotations

from apps.app import App
from apps.settings import RecommendationSettings


class Recommendation(App):
    """An application that waits for its method."""

    def __init__(self, settings: RecommendationSettings) -> None:
        self.settings = settings
