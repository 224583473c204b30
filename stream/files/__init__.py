"""User events that do not come from Kafka.

* `event_file`: JSON lines, plain or compressed
* `complete_journey`: the demo data
* `product_texts`: the texts of its products
* `layout`: format, columns and order of a file
* `sources`: the choice between them
"""
