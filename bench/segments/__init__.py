"""Segment ids on planted streams with known groups: Segue beside other clustering libraries.

Run with `python -m bench segments --help`. Read in this order:

    themes             real texts by theme, and their vectors
    scenarios          planted groups, and their changes by day
    traits             explicit features of groups and users
    population         simulated users with windows of texts
    planted            the days of a stream as profiles, with the true groups
    method             protocol of a streaming clusterer
    sklearn_baselines  mini-batch k-means, nightly re-fits, and an oracle
    spark_baseline     the update rule of Spark's streaming k-means
    river_baselines    River's k-means, CluStream, DenStream and DBSTREAM
    segue              Segue's trainer and decisions as a method
    methods            all methods, in the order of the table
    scores             agreement with the truth, unjustified changes, delay, lineage
    driver             one scenario and seed, day by day
    rows               one row for each scenario and method, over seeds
    command            the command line
"""
