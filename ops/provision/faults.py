"""What stops provisioning for good."""


class ProvisionError(Exception):
    """What is there contradicts what the services need."""
