"""list_idle_instances: servers that are stopped, suspended or quiet."""
