"""estimate_cost: what a change will cost, before it is made."""
