"""Container registries and what is stored in them."""
