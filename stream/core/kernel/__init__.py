"""The compiled kernel: C without `Python.h`, and its loading.

`build` compiles the C files of this folder, and `library` loads the result.
"""
