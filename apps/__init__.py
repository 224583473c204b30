"""Applications on Segue's topics: what a company would build first, each small enough to read in one sitting.

* `app`: an application, as values in and actions out
* `settings`: the settings of each
* `consumer`: topics to applications: the past first, to learn from
* `dispatcher`: records to the methods of an application; erasures and repeats
* `methods`: rankings and scores, without topics
* `marketing`: which campaign goes to whom
* `recommendation`: what a user buys next
* `relationship`: users who leave, and users of high value
* `risk`: users who behave like somebody else, like each other, or in bursts

Run them with `segue app --help`. `python -m bench apps` measures these very classes beside plain baselines.
"""
