"""Rollout of segment models.

* `impact`: the users a model moves
* `findings`: measurements of a review on the reservoir
* `decisions`: models proposed, held, dropped and promoted
* `drift_report`: drift of the users, and the health report
"""
