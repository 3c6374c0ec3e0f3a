"""The nouns of the question: resources, charge lines, snapshots and reports, frozen and pure."""
