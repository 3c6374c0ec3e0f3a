"""explain_cost_change: the cost drivers between two months."""
