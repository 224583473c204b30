"""Rollout of segment models.

* `impact`: the users a model moves
* `findings`: measurements of a review on the reservoir
* `actions`: models proposed, dropped and promoted, one at a time
* `drift_report`: drift of the users, and the health report
"""
