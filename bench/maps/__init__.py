"""Maps: do users stay in place between two reports, are their neighbours true, and what do maps cost?

Run with `python -m bench maps --help`. Read in this order:

    people   the same users in two stores a month apart, and planted ones in any number
    rows     one row for each method: shift, trustworthiness, cost
    command  the command line
"""
