"""Encoder folders: written, verified against the source, and replaced whole or not at all.

In reading order:

    folder           a temporary folder, renamed when its content is right
    files            the files of a model: int8 graph and tokenizer
    manifest         the manifest: provenance, digests, library versions, measurements
    bounds           the bounds of an encoder, and their violations
    verify           vectors against reference vectors: cosine, length, size, batch invariance
    golden_vectors   some reference vectors inside the folder, so that it can be verified anywhere
    speed            texts a second, by length
    variants         fp32, int8 and fp16, each run as a worker runs it
    build            torch module to folder
    build_keras      Keras encoder to folder
    project_folder   folder to folder, with a projection fitted on one's own texts or users; no torch
"""
