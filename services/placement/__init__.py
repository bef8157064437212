"""Placement owns host companies, positions and vacancies, matching, internships and attendance.

It exists so that who works where follows from both sides' wishes by a rule that anyone can run
again, and so that a month is paid only for days that host and intern confirmed alike.
It will never decide who may take part, work out a wage, or publish a day or a reason of absence.
"""
