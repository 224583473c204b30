"""Values as bytes on topics and in files. One module a record.

Input: `records` (Kafka records), `topics` (names and configuration), `event_decoder` (the seam for encodings),
`json_events` (JSON, with `calls`, `flat_events`, `fields`, `users`, `timestamps` and `amounts`). `json_columns` (with
`timestamp_columns`) decodes batches. Then `placement`, `near_misses` (what is not clean JSON of these types, with
`json_paths` and `hints`), `reasons`, `schema`.

Output: `changes`, `memberships`, `profiles`, `catalogue` (with `descriptions`), `lineage`, `promotions`, `health`,
`dead_letters` (and `redriving`, which reads them again), `cloud_events`, `trace_context`.

Segment models and encoders: `segment_models`, `published_models`, `label_heads`.

Between worker and trainer: `samples`, `commands`.

State: `state_records`, `user_records`, `restored_users` and `state_rebuilder`, `user_tables` (as bytes),
`trainer_records` (with `trainer_state` and `arrays`), `backfill_records`.
"""
