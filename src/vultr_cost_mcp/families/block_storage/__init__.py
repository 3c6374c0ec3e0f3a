"""Block storage: volumes that are attached to servers."""
