"""Vultr's products, one folder a family: how it is read, and how it is billed."""
