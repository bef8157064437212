"""Kill the process at each boundary of the engine, and compare with a life that nobody disturbed.

`points.py` names the boundaries, `arming.py` finds them from outside: in a process that is not
armed there is nothing of all this, so it costs nothing when off. `life.py` runs one service whose
process dies and comes back, `trial.py` tells it a story, `matrix.py` kills it everywhere.
"""
