"""collect_metrics: read the account and store a metrics record."""
