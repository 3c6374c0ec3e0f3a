"""Snapshots of servers and of volumes."""
