"""Applications of the topics, with their worth on real purchases beside plain baselines.

Modules:

    published        what a deployment had published at given moments
    published_cache  the same, kept in the user's cache folder
"""
