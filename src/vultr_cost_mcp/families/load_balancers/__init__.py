"""Load balancers, priced by their nodes."""
