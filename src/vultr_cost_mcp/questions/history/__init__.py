"""get_cost_history: totals by month or by day, and their trend."""
