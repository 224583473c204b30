"""The benchmark of marketing."""
