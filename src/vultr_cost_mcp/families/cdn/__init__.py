"""CDN zones, which are charged by traffic."""
