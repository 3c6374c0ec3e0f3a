"""detect_anomalies: unusual days, and first uses of a service in a region."""
