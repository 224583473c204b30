"""Conditions, tables, scenario, broker and clocks that all measurements share.

Modules:

    part           one measurement with its sizes and aim
    runner         parts run and printed, one after another
    options        flags of every command
    setting_texts  settings of a worker from texts by name
    rounds         the best of alternating rounds
    stopwatch      seconds spent in watched functions
    tables         rows as Markdown tables
    conditions     commit, machine and packages of a measurement
    scenario       real purchases, and a segment model trained on January
    engines        engines that are installed, with their guarantees
    deployment     broker, topics and worker processes
"""
