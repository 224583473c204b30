"""Scripts, styles and templates of dashboard and report:

* `vendored`: scripts of others, kept as files, since no page asks another host
* `figures`: counts, shares, moments and durations as people read them
* `drawings`: sparklines, bars and shades as numbers
* `environment`: the templates, with escaping and with the filters above
"""
