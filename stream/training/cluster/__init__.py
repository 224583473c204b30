"""Clustering algorithms, behind one protocol. In reading order.

* `clusterer`: the protocol and the registry
* `kmeans_clusterer`, `hdbscan`, `gaussian_mixture`: the implementations
* `kmeans`: the fit, and the update by a batch
* `choose_k`, `gap_clusters`: the number of clusters
* `centroids`: means, nearest centroids, distances, thresholds
* `bimodality`: a test of two clusters
"""
