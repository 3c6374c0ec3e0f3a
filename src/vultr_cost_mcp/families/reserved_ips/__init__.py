"""Reserved addresses, attached or not."""
