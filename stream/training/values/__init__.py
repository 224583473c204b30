"""Values of the training. In reading order.

`policy`, `config` (settings), `commands` (requests of operators), `reservoir` (the sample of users), `candidate`,
`state` (of the trainer), `structure_change`, `lineage`, `promotion`, `health`, `outputs` (what is published).
"""
