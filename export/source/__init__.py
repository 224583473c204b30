"""Models as they come from a framework: the truth that an exported encoder is verified against.

In reading order:

    huggingface       the base model's folder or hub id, checked before any heavy import
    torch_reference   transformer, projection, mean pooling and L2 norm in torch; vectors of texts
    torch_encoder     a base model, whitened on texts
    keras             a Keras file or SavedModel as a function of ids and mask; vectors of texts
"""
