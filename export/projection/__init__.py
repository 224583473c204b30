"""Linear projections of vectors, in numpy alone.

In reading order:

    principal   unit rows, and the principal directions of vectors
    whiten      PCA whitening as one linear layer
    fit         whitening of unit vectors: by distinct texts, or by the profiles of users
"""
