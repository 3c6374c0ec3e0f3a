"""File systems and the gateways that serve them."""
