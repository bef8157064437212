"""Makes a broker and stores fit for the services: topics and limits, and, where it is asked to,
replica sets of one member, and users who may do what they must and nothing else.

Safe to run again: it changes what differs and says so. What it must not change (a topic's
partitions: people would move between them and lose their order) is an error.
"""

from ops.provision.command import command, provision, withdraw
from ops.provision.faults import ProvisionError
from ops.provision.stores import initiate_sets

__all__ = ["ProvisionError", "command", "initiate_sets", "provision", "withdraw"]
