"""forecast_month_end: the month at its end, line by line."""
