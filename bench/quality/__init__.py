"""Quality of an encoder's profiles: re-identification, next purchases, declared labels and generality.

Run with `python -m bench quality --help`. The reference figures of `yardstick.json` are fixed: change the method and
figures of different days no longer compare. Their texts are the shop's codes (`product_texts.in_codes`), and so are
those of `--check` and `--codes`. All other figures have the demo's texts (`product_texts.in_words`).

Read in this order:

    split       test and training households of The Complete Journey, with their purchases
    profiles    methods to turn texts into profiles: mean vectors, or TF-IDF
    encoders    vectors of texts: the raw base in torch, whitened, and a folder as a worker serves it
    estimates   a mean over households with its 95 % interval
    retrieval   re-identification of a household by its later profile
    purchases   next purchases by nearest neighbours
    probes      declared labels by a linear probe
    scores      all of these for one method
    rows        the methods to compare
    taxonomy    a data set that no encoder here was fitted on
    generality  figures on products outside the fine-tuning data
    aims        the aim of each figure, and its outcome
    table       rows as Markdown
    check       comparison with the printed figures of the original program
    command     the command line
"""
