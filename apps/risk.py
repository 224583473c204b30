"""Risk: an application on the segments."""

from __future__ import annotations

from apps.app import App
from apps.settings import RiskSettings


class Risk(App):
    """An application that waits for its method."""

    def __init__(self, settings: RiskSettings) -> None:
        self.settings = settings
