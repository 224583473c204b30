"""`python -m bench`: the same as `segue bench`."""

import logging

from stream.cli.bench import bench

if __name__ == "__main__":
    logging.getLogger("librdkafka").setLevel(logging.ERROR)  # its warnings at a start mend themselves
    bench()
