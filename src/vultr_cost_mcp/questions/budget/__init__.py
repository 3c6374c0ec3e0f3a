"""check_budget: spend and forecast against budgets."""
