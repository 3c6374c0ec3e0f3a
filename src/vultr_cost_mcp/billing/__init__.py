"""Prices: the dated price table, monthly caps, and the rules that price a resource or a charge."""
