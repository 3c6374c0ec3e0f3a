"""export_costs: a month as a file for finance."""
