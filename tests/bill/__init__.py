"""What the running month's bill is: pending lines, and what an invoice already has of it."""
