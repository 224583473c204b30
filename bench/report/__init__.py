"""Reports: CPU time, memory, bytes of the file, and how true are the maps?

Run with `python -m bench report --help`. Read in this order:

    users    a store of planted users with real texts: the trainer's records, changes with reasons, profiles
    seconds  CPU time, wall time and memory of a program
    file     the row of a report: everything fitted, and with the layout kept
    command  the command line
"""
