"""list_invoices: invoices, their months, taxes and lines."""
