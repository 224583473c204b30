"""The seam between jobs and engines: `job` (the protocol of a job), `events` (an engine's life cycle), `options`."""
