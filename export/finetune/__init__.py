"""Fine-tuning: behaviour data and a base model in, an encoder that knows these people out.

history        who did what when, and what they declared; the split of people
windows        pairs of windows of one person, as batches
objectives     same person at another time; declared labels
window_model   what is trained: an embedding of texts, the mean of a window, the objectives
item_vectors   the teacher: a free vector for every text, trained in seconds
distil         the encoder learns to give those vectors from the texts
projection     principal components of profiles: a prefix of a vector is a good smaller vector
label_heads    calibrated heads on the profiles as they are served
report         how well people that were held out are described
chain          all of it in order, resumable
"""
