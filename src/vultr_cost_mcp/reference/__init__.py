"""Reference texts that clients read as resources: billing rules, and what is read and not read."""
