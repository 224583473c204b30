"""Rules of the operator that come before, or change, the decision rule: `pins` and `overrides`."""
