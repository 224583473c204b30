"""The sample of users. In reading order.

* `signal_subspace`: the directions in which users' texts differ lastingly
* `fit_scaler`: the space of a generation
* `population`: the reservoir as a design matrix
* `watermark`: the trainer's event time
"""
