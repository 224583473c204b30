"""The worth of segments and profiles for four uses, beside what a team would do without Segue.

Run with `python -m bench apps --help`. Data: The Complete Journey, its households split as for the encoder.

    purchase        a purchase as on `user-events`
    published       what a deployment had published at given moments, with published_cache
    marketing       whom to send which campaign
    recommendation  next purchases
    reaction        time from a segment change to new recommendations
    relationship    churn and value
    risk            planted fraud
    lookalike       an audience found again from some of its users; lookalike_cost: seconds by the number of users
    profiles        cost of publishing profiles
    command         the command line
"""
