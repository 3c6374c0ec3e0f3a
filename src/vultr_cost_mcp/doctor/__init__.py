"""What works and what does not: the machine, the key, each right, the store, the clients."""
