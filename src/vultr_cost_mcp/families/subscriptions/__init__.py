"""Custom subscriptions: items of a contract."""
