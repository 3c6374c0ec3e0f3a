"""Stored readings in a file of SQLite."""
