"""Reserved segment ids: results that are no segment of a model."""

PENDING = "pending"  # no result yet: no segment model, or too few items
UNKNOWN = "unknown"  # farther from the nearest centroid than the segment's threshold
INACTIVE = "inactive"  # the window is empty
