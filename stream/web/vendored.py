"""Scripts of others, kept as files with their licences: a page or a report asks no other host."""

from __future__ import annotations

from enum import Enum
from pathlib import Path

STATIC = Path(__file__).parent / "static"


class Script(Enum):
    """A vendored script: path below `static/vendor`, and the SHA-256 of the file as its authors published it."""

    ECHARTS = "echarts/echarts.min.js", "b66b25aeb4df84e33199dc21694014d336d222cbd9deb0e5a7c14bd6aa0d0fd0"
    PLOTLY_GL3D = "plotly-gl3d/plotly-gl3d.min.js", "aab04dcd9c103a92b18723f8c837712fe820f325d0bcd2421e415e8124a75b9f"

    def __init__(self, name: str, sha256: str) -> None:
        self.path, self.sha256 = STATIC / "vendor" / name, sha256

    def read(self) -> str:
        """Return the source, safe inside a `<script>` element."""
        return self.path.read_text(encoding="utf-8").replace("</script", "<\\/script")
