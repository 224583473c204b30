"""Stability of segments on a year of real purchases, and their utility for predicting the next ones.

Run with `python -m bench stability --help`. Part one replays the purchases with and without hysteresis. Part two ranks
next purchases by segment. Read in this order:

    timeline     the changes of each user, from `segment-changes`
    runs         the replays
    flips        moves, and moves reverted within a week
    delay        delay of lasting moves by hysteresis
    decisions    both as rows
    groups       segments at a date, and other groupings of households
    outcomes     purchases of households before and after the date
    ranking      average precision and lift of a ranking of categories
    utility      predictive utility of groupings, as rows
    measurement  all tables
    command      the command line
"""
