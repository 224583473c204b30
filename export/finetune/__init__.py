"""Fine-tuning: behaviour data and a base model in, an encoder of these users' behaviour out.

In reading order:

    history            users, their texts in time order, and their declared traits
    split              training, validation and held-out users
    recipe             the configuration of an encoder
    windows            pairs of windows of one user, as batches
    reidentification   the quality measure: mean reciprocal rank of a user's later profile by the earlier one
    objectives         losses: same user at another time, and declared labels
    window_model       a text embedding, the mean of a window, and the objectives
    trainer            Hugging Face's Trainer, stopped early by re-identification
    item_vectors       the teacher: a free vector for each text, trained in a minute
    distil             the student: an encoder that reproduces the teacher's vectors from texts
    contrastive        the alternative: the encoder trained on windows itself, without a teacher
    label_heads        calibrated classifiers on profiles of served vectors
    report             figures on held-out users
    pipeline           all steps in order, resumable
"""
