"""Object storage, sold by tier."""
