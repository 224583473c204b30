"""Churn and high value."""
