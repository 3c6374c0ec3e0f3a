"""Models of each response: allow-lists, so that a field not named here never enters."""
