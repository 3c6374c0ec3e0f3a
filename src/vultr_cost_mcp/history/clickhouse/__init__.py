"""Stored readings in ClickHouse: a server, or embedded."""
