"""Tests of the audience sink."""
