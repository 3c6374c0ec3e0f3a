"""GPU clusters: servers that are managed as one."""
