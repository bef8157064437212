"""What runs, checks and repairs the system from outside. Imports `shared`, never a service."""
