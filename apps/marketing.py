"""Marketing: an application on the segments."""

from __future__ import annotations

from apps.app import App
from apps.settings import MarketingSettings


class Marketing(App):
    """An application that waits for its method."""

    def __init__(self, settings: MarketingSettings) -> None:
        self.settings = settings
