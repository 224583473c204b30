"""The sample of users: `population` (the reservoir as a design matrix) and `watermark` (the trainer's event time)."""
