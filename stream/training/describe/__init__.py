"""Descriptions of segments: `terms` (top terms), `description` (figures and members), `model_builder` (the model)."""
