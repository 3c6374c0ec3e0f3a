"""List prices of other clouds, bundled with their source and day, and the nearest shape of each."""
