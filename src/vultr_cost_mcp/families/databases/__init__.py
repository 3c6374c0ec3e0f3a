"""Managed databases and their read replicas."""
