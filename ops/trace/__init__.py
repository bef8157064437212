"""One person's life across the services, in the order of its days, with the reasons of decisions.

Told from the topics; the services are only asked why. What opens a vault is never asked, so there
is no name, note or account to hide.
"""

from ops.trace.life import Life, Step, tell
from ops.trace.reasons import Reasons
from ops.trace.told import NoSuchPerson, Told, read_told, select

__all__ = ["Life", "NoSuchPerson", "Reasons", "Step", "Told", "read_told", "select", "tell"]
