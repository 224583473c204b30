"""Planted fraud."""
