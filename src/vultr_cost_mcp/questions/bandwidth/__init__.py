"""get_bandwidth_usage: traffic sent against the pool that is included."""
