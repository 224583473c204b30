"""Methods of the applications: values in, values out.

* `shoppers`: purchases of a user by category, and of many users as matrices
* `population`: what users bought lately, and how a user compares with them
* `ranker`: probabilities of categories, from purchases and from what Segue knows
"""
