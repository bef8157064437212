"""Each safety rule of the engine is removed, one at a time: some test must turn red for it.

A rule that can be removed while every test stays green is defended by nobody. `rules` lists what
is removed and who must notice, `mutants` says what such a list may hold, `trial` runs the tests on
a copy with one rule less, `warm` saves each of those runs the imports, `command` prints the table.
"""
