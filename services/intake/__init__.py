"""Intake owns cohorts and their policies, people and their personal data, applications, selection.

It exists so that who may take part is decided once, by the cohort's published policy, and can be
decided again by anyone with the same result: arrival order and chance have no say.
It will never publish a name, a birth date, a contact, a priority group or a score, and it never
decides by anything but the policy, what applicants declare, what places are free, and the calendar.
"""
