"""What the four services have in common: the event contracts and the engine. Knows no service."""
