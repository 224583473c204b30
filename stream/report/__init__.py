"""The report: everything about the segments of a store as figures, and as one HTML file that asks nobody.

In reading order:

* `values`: the figures of a report; `errors`
* `sampled`: profiles with the model that serves
* `silhouettes`, `mapped_users`: the users on the maps
* `moved`: how far the same users moved since the last report
* `map_figures`: landmarks, places and their quality
* `reviews`: J, cohesion and health
* `segment_figures`: one segment
* `comparison`: two dates, or two model versions
* `build`: all figures of a store
* `payload`: the data of the maps as bounded, safe JSON
* `line_charts`, `words`: charts and words of the templates
* `render`: figures as HTML
* `frames`, `inline`: figures as data frames, and inside a notebook
* `report`: a report as a value; `make`: from a store's file to a report
"""
