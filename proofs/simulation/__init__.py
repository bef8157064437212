"""The engine under a seeded scheduler, in memory: one seed is one schedule.

The real `Inbox`, `Relay`, `Days` and `release` run over twins of store, log and clock. The twins
give way at every operation; a tape of bytes says who goes on and what goes wrong there. After the
tape all heals, and what the engine promises is checked, some of it at every step.
"""
