"""Applications on the real broker."""
