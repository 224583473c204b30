"""The compiled kernel: C without `Python.h`, and its loading.

`kernel.h` begins with the order in which to read the C files. `build` compiles them, and `library` loads the result.
`layout` (users) and `step_layout` (a step) have the values that both sides share. `binding` has the functions, and
`blocks` reads a user's memory.
"""
