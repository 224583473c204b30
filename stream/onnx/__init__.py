"""Text encoders on ONNX Runtime.

In reading order:

    folder      an encoder on disk: files, manifest, version
    shipped     encoders that ship with Segue, by name
    providers   execution providers: CPU and CUDA
    session     a model file in ONNX Runtime, checked before use
    encoder     texts to vectors, batch-invariant, with a cache
"""
