"""Container registries and the images in them."""
