"""Do segments stay put, and do they tell anything? On purchases of a year. Run with `python -m bench stability --help`.

Part one replays the purchases with and without hysteresis, part two asks what a segment tells of the next purchases.
Read in this order:

    timeline     what was said of each person, from `segment-changes`
    runs         the replays
    flips        moves, and moves that are taken back
    delay        how much later a lasting move comes
    decisions    both as rows
    groups       segments at a date, and other ways to put households into groups
    outcomes     what households bought before the date and after it
    ranking      how good an order of categories is
    worth        what a group tells of the next purchases, as rows
    measurement  all of it as tables
    command      on the command line
"""
