"""The two jobs, each for any engine: `segmenter` (events to changes) and `trainer` (samples to segment models)."""
