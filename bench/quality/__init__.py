"""How well an encoder's profiles tell people apart and describe them. Run with `python -m bench quality --help`.

The yardstick is fixed: change nothing of it, or figures of different days no longer compare. Read in this order:

    split       households of The Complete Journey: who is judged, who may be learnt from, what each bought
    ways        texts to profiles: vectors of texts, or TF-IDF
    encoders    vectors of texts: the raw base in torch, whitened, and a folder as a worker serves it
    estimates   a mean over people and its 95 % interval
    retrieval   is a household found again by its later profile?
    purchases   do neighbours tell what a household buys next?
    probes      do declared labels show in a profile?
    scores      all of these for one way
    rows        the ways that are compared
    taxonomy    a data set that no encoder here was fitted on
    generality  does an encoder still know what it knew before it was fine-tuned?
    aims        what a row must reach, said for each encoder
    table       rows as Markdown
    check       the same digits as the program that this one was ported from
    command     all of it on the command line
"""
