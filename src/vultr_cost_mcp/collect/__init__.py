"""Turn wire data into a Snapshot: parts are read once for all, cached, joined and priced."""
