"""Methods of the applications: values in, values out.

* `campaigns`: marketing's campaigns, from a file or one for each segment
* `consent`: consent by a declared trait
* `redemption`: the chance that a user redeems a campaign, learned from earlier ones
* `redemption_reason`: that chance in words
* `recipients`: the users a campaign can go to, in order of their chances
* `shoppers`: purchases of a user by category, and of many users as matrices
* `population`: what users bought lately, and how a user compares with them
* `ranker`: probabilities of categories, from purchases and from what Segue knows
* `spending`: purchases of a user, and what a shop counts of them
* `outlook_features`: what is known of users at a moment
* `outlook`: the chance of an outcome, learned from users whose outcome is known
* `customers`: users with their moments and outcomes
* `high_value`: the users of high value, and what segments spend
* `outlook_reason`: a chance of churn in words
* `spread`: how far users ordinarily are from their own past
* `twins`: users whose texts are alike
* `risk_signals`: signals of users who are not who they were
* `alarm_budget`: signals to alarms, at an accepted rate
"""
