"""Texts to vectors, beside torch.

Run with `python -m bench encoder --help`:

    throughput  texts a second on the demo stream, with and without the cache
    distinct    searches and posts that never come back, by encoder
    lengths     texts of one length, by graph
    batches     three methods to batch texts of mixed lengths
    variants    graphs to compare: torch, fp32, int8, half of the layers, and none
    command     the command line
"""
