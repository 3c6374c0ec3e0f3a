"""get_bandwidth_usage: outbound traffic against the included pool."""
