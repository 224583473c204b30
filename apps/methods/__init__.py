"""Methods of the applications: values in, values out.

* `spread`: how far users ordinarily are from their own past
* `twins`: users whose texts are alike
* `risk_signals`: signals of users who are not who they were
* `alarm_budget`: signals to alarms, at an accepted rate
"""
