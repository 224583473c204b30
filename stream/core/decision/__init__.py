"""Rules of the operator that come before, or change, the decision rule: `conditions` on traits,
`consent`, `pins`, `overrides`."""
