"""From the wire to a Snapshot: parts read once for all who ask, kept, joined and priced."""
