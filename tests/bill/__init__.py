"""The current month's bill: pending lines and the invoiced part."""
