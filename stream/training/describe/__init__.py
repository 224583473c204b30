"""Descriptions of segments for people, and the models that carry them. In reading order.

Texts: `words` (of any script), `unspaced` (words of scripts without blanks), `corpus` (who said what).

Phrases: `common_words` (that say nothing), `grams` (neighbouring words), `phrases` (typical of a segment),
`similar_words` (a word's other forms), `spelling`, `typical_texts`.

Names: `behaviour` (features in words), `names` (phrases joined), `kept_names` (when a published name stays).

Together: `description` (one for each segment), `member_hash` (in place of ids), `model_builder` (the model).
"""
