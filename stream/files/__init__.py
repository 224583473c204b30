"""User events that do not come from Kafka: from files of many formats to messages of `user-events`.

* `layout`: format, columns and order of a file
* `opened_file`: its bytes, unpacked and in UTF-8
* `detect`: its format
* `lines`, `json_rows`, `csv_rows`, `parquet_rows`: its rows
* `columns`: which columns are user, time, text, amount
* `cells`: single values of a table
* `day_order`: times that begin with day or month
* `ga4`, `snowplow`: exports with columns of their own
* `flat_rows`: from a row to a message
* `event_file`: all of these together
* `time_order`: events by time
* `complete_journey`: the demo data
* `product_texts`: the texts of its products
* `sources`: the choice between them
"""
