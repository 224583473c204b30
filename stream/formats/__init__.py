"""Event formats beside plain JSON: schemas of a registry, and CloudEvents.

`decoder` recognizes the format of each record. `cloud_events_in` opens CloudEvents in both modes. `framing` reads the
schema id of a value. `documents` gives fields their names, and defaults from the envelope.

`registry_settings`, `registry` (its REST API), `schemas` (readers by schema id, kept for ever), `schema_types`. Each
type of schema has a reader: `avro` (with `avro_shape`), `protobuf` (with `protobuf_values`), `readers`. `renaming`
maps fields of other names. `startup` puts all together.
"""
