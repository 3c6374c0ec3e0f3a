"""forecast_month_end: project the month's total, line by line."""
