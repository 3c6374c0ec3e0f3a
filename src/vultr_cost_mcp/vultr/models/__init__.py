"""What is kept of each answer: allow-lists, so that a field not named here never enters."""
