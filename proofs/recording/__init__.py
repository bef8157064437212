"""What a released version told, kept for ever: today's code must make the same of it.

`topics` is the kept log: its form, its order, what must hold of it. `replay` is what each service
makes of such a log, in memory. `play` tells a small cohort's life on the real stack, `command`
writes it down. The collection is `tests/recordings/`; its README says how it grows.
"""
