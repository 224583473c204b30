"""Do segments keep their meaning? Streams whose groups are known, Segue and its peers side by side.

Run with `python -m bench segments --help`. Read in this order:

    themes      real texts by theme, and their vectors
    scenarios   what is planted: groups, how they change, and when
    traits      the explicit features of groups and people
    population  people with a window of texts who live through the days of a scenario
    planted     the days as profiles with the truth
    arms        what every arm can do
    peers       scikit-learn's mini-batch k-means, and a nightly re-fit
    spark       the update rule of Spark's streaming k-means
    river_arms  River's k-means, CluStream, DenStream and DBSTREAM
    segue       Segue's own arm
    competitors all arms, in the order of the table
    scores      how well ids agree with the truth, and how often they change without a reason
    driver      one scenario, one seed, one arm, day by day
    rows        one row for each scenario and arm, over seeds
    command     all of it on the command line
"""
