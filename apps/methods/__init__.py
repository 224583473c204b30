"""Methods of the applications, pure: numbers in, scores out.

* `campaigns`: marketing's campaigns, from a file or one for each segment
* `consent`: consent by a declared trait
* `recipients`: what is known of users, and who of them comes first for a campaign
* `redemption`: the chance that a user redeems a campaign's coupon
* `redemption_reason`: that chance in words
"""
