"""estimate_cost: the price of a change before it is made."""
