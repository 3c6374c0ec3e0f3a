"""collect_metrics: a metrics record, taken afresh and kept."""
