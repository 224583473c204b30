"""The compiled kernel: C without `Python.h`, and its loading.

`kernel.h` begins with the order in which to read the C files. `build` compiles them, and `library` loads the result.
`layout` has the values that both sides share, `binding` the functions, and `blocks` reads a user's memory.
"""
