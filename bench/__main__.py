"""`python -m bench`: the same as `segue bench`; `quality`, `segments` and `stability` are commands of their own."""

import logging
import sys
from importlib.util import find_spec

from stream.cli.bench import bench

QUALITY = "quality"
SEGMENTS = "segments"
STABILITY = "stability"

if __name__ == "__main__":
    logging.getLogger("librdkafka").setLevel(logging.ERROR)  # its warnings at a start mend themselves
    if sys.argv[1:2] == [QUALITY]:
        if find_spec("torch") is None:
            sys.exit(f"{QUALITY} needs torch: `make bench-{QUALITY}` installs and runs it")
        from bench.quality.command import quality  # imports torch, which no other part needs

        quality(sys.argv[2:], prog_name=f"python -m bench {QUALITY}")
    if sys.argv[1:2] == [SEGMENTS]:
        from bench.segments.command import segments  # imports River, which no other part needs

        segments(sys.argv[2:], prog_name=f"python -m bench {SEGMENTS}")
    if sys.argv[1:2] == [STABILITY]:
        from bench.stability.command import stability

        stability(sys.argv[2:], prog_name=f"python -m bench {STABILITY}")
    bench()
