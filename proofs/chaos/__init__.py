"""A whole cohort on real parts under a seeded nemesis, compared with one that nobody disturbed.

`ops.demo.chaos` kills, kills twice and stops services; `troubles.py` draws what else happens, and
`nemesis.py` does it: broker and store die, commits lose their replies, processes freeze, groups
are stormed. `echo.py` asks each command twice. `flawed.py` makes handlers fail, and `operator.py`
lets what failed run again. Then all heals, and `proofs.invariants` reads what is left; where the
plays' states differ, `differences.py` names whose.
"""
