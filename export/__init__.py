"""BERT to `models/`: how an encoder folder is made. Run with `python -m export --help`; needs the extra `export`.

Fine-tuning is in `finetune`, the commands are in `verbs`. The rest in the order of a build:

    base_model  the model to begin with, looked at before any work
    reference   the model in torch: transformer, projection, mean pooling, L2 norm; the truth all else is held to
    texts       the texts of the demo data a projection may be fitted on
    whiten      a projection by PCA whitening
    to_onnx     torch module to a fused ONNX graph; einsum: products that the quantiser knows
    quantize    fp32 graph to an int8 one whose rows do not depend on each other
    half        fp32 graph to fp16, for a GPU
    verify      the folder against the reference: cosine, length, size; fails below its bounds
    variants    every form of the model, measured
    kept_reference  some of the reference vectors stay in the folder, so that it can be verified anywhere
    manifest    what the folder is, with digests and measures
    build       all of it into a temporary folder, renamed when it is right (folder)
    project     a projection on one's own texts for a folder that is there, without torch (projected, tail)
    keras       a Keras encoder by the ecosystem's converter (tensorflow_graph)

The worker never imports this package.
"""
