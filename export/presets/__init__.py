"""The encoders that ship, and their data: The Complete Journey, and WordNet.

In reading order:

    npm               files of npm packages, fetched once
    wordnet           words and sentences of any domain, for students
    completejourney   texts and households of the data set, and the split of households
    households        household histories, split for fine-tuning
    default           all-MiniLM-L6-v2, whitened on the texts
    demo              all-MiniLM-L6-v2, fine-tuned on the households
"""
