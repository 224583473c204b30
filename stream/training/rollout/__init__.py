"""Rollout of segment models: `findings`, `impact` (the users a model moves), `decisions`, `drift_report`.

Until they are replaced: `candidate`, `session`.
"""
