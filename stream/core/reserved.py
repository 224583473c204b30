"""Segment ids that no segment has: answers that are not a place among the centroids."""

WARMING = "warming"  # no answer yet: no segment model, or too few items
UNKNOWN = "unknown"  # farther from every centroid than that segment's members ever are
INACTIVE = "inactive"  # the window is empty
