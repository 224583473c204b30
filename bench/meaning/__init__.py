"""Do segments say what users are interested in? Planted users with real texts, beside k-means on the same users.

Run with `python -m bench meaning --help`. Read in this order:

    texts           real short texts by topic
    events          events of planted users with a known truth
    yardstick       the three scenarios of the yardstick
    long_tail       a small shop with a long tail of interests
    strangers       late users unlike anybody, and the share that is found
    warm_ups        warm-ups without spread
    scenarios       all scenarios by name, with their settings
    stored_vectors  vectors of texts, encoded once
    replayed        a replay as `segue replay` makes it
    scores          agreement with the truth, and shares of unknown users
    baselines       k-means on the same users
    segment_rows    the segments with their names
    readable_names  checks of names by what users say, and a test of a reader
    name_figures    four figures of the names of a run
    outcomes        one scenario and seed
    rows            rows of the tables
    command         the command line
"""
