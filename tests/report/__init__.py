"""Tests of stream/report."""
