"""estimate_savings: every way to cut the bill, measured or likely."""
