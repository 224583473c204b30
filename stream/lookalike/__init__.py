"""Look-alike search, pure: the users of a pool who are most like the users of a seed audience. In reading order.

* `pool`: the newest profile of each user, as arrays
* `table`: records of `user-profiles` as a pool
* `space`: profiles on scales of the pool
* `scoring`: how much a profile is like the seeds
* `search`: seeds and a pool to ranked users
"""
