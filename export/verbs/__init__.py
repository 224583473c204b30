"""Commands of `python -m export`, each in a module that imports only what it needs."""
