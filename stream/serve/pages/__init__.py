"""The dashboard's pages, rendered on the server; all figures are in tables that need no script. In reading order:

* `views`: users, changes and hues as pages show them
* `periods`: periods on the stream's clock
* `alerts`, `journeys`, `matrix`, `feature_ends`: pure, from records to what a page says
* `lineage_sentences`, `models_view`: segments' lives and models' decisions in words, equally pure
* `frame`, `errors`, `renderer`: the frame around every page, errors as pages, and templates filled
* `summary`, `limits`: figures that several pages share
* `marketing`, `movement`, `users`, `operation`: a function for each page
* `router`: the routes
"""
