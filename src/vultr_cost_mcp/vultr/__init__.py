"""Vultr's API v2, read only, and nothing about cost."""
