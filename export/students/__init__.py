"""Students: smaller encoders that give the vectors of another encoder, their teacher, in less time.

In reading order:

    teacher         an encoder folder with its vectors of texts, some of them held out
    agreement       a student's vectors against the teacher's, on the texts held out
    fewer_layers    some layers of the teacher's base model, distilled; needs torch
    token_vectors   no layers: a vector for each token, and a text is their mean
    token_model     token vectors as an encoder folder
"""
