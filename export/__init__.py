"""BERT to `models/`: how an encoder folder is made. Run with `python -m export --help`; needs the extra `export`.

Read in this order, which is the order of a build:

    reference   the model in torch: transformer, projection, mean pooling, L2 norm; the truth all else is held to
    texts       the texts of the demo data a projection may be fitted on
    whiten      a projection by PCA whitening
    to_onnx     torch module to a fused ONNX graph
    quantize    fp32 graph to an int8 one whose rows do not depend on each other
    verify      the folder against the reference: cosine, size, speed; fails below its bounds
    manifest    what the folder is, with digests and measures
    build       all of it into a temporary folder, renamed when it is right

The worker never imports this package.
"""
