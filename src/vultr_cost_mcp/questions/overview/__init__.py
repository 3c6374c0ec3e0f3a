"""get_cost_overview: the account on one page, as a first step."""
