"""Reference texts that clients read as resources: billing rules, coverage and rights."""
