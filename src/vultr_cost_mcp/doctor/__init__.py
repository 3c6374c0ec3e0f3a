"""Checks of the machine, the key, each permission, the store and the clients."""
