"""Attacks on the running system, and the checks that say what of it they hurt: nothing.

Crash points, a simulation of the engine under a seeded scheduler, chaos on real parts, and the
removal of each safety rule. No product code imports this package, and no image holds it: what is
tried here costs the services nothing. `docs/proofs.md` has the figures and their commands.
"""
