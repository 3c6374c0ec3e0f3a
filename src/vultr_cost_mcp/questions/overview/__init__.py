"""get_cost_overview: the account on one page, where every question starts."""
