"""Counseling owns counselors, counseling cases, contacts, follow-ups and who works again.

It exists because after the internship one counselor accompanies each woman for a year, and because
the city wants to know who works again, with a definition that does not change from report to
report (domain.md §1.4).
It will never publish a note or a name, never give a counselor more cases than she can carry, and
never let the order in which news arrives decide who gets whom.
"""
