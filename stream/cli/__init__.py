"""The verbs of `segue`. A verb parses, calls one library function, and prints.

`main` collects the verbs. `options` makes flags of settings, `errors` makes messages of exceptions, and
`unknown_variables` finds typing errors.

* running: `worker`, `replay`, `backfill` (with `backfill_report`), `serve`, `produce`, `watch`, `kafka`, `topics`,
  `demo` (with `demo_show`)
* using: `sink` (audiences to an endpoint), `app` (an application of `apps/`), `lookalike`
* asking: `explain`, `report` (with `report_store`)
* steering: `segments`, `models` (with `model_history`, `model_comparison`), `model_requests` (with `trainer_requests`)
* dead letters: `dlq`, `dlq_redrive` (with `redrive_sorter`), `letters` (with `letter_text`, `moments`)
* describing: `config`, `schema`, `no_segments` (why there are none)
* files: `layout` (options), `event_report` (what became of the events)
* printing: `columns` (aligned tables), `decision` (a decision as a sentence), `odd_records`, `pipe`
"""
