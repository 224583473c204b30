"""BERT to `models/`: tools that make encoder folders. Run `python -m export --help`; needs the extra `export`.

The rooms from the ground up; a room imports only rooms above it in this list. Each has its own reading order.

    errors       expected errors
    texts        lists of texts to fit and verify on
    projection   whitening and other linear maps, in numpy
    source       models as a framework has them: the truth an export is verified against
    graph        ONNX graphs: conversion, int8, fp16, pooling, projection
    package      encoder folders: written, verified, replaced whole or not at all
    finetune     behaviour data and a base model to a better encoder
    students     smaller encoders that give the vectors of another
    presets      the encoders that ship, and their data
    verbs        the commands
    __main__     the command line

The worker never imports this package.
"""
