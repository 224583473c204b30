"""A change as a sentence, made of the change alone. In reading order.

`change_sentence` (heading, reason, segment left, certainty), `evidence_phrase` (actions and behaviour as a reason),
`spans` (times in plain units). `shown_text` puts texts of users on one line, and `visible_text` escapes the
unprintable.
"""
