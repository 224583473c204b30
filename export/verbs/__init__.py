"""The commands of `python -m export`, each in a module that imports only what it needs.

In reading order:

    options         options that several commands share
    recipe_options  options of a fine-tuning, as one value
    output          results on standard output
    finetune        a base model and events in, a fine-tuned encoder out
    labels          label heads for an encoder
    project         a projection fitted on one's own texts or events
    student         a faster encoder that gives another encoder's vectors
    convert         a base model, whitened on texts
    keras           a Keras encoder
    verify          an encoder against its source
    record          figures measured elsewhere, into a manifest
    default_model   the encoder in models/default
    demo_model      the encoder in models/demo
"""
