"""breakdown_by_service: how a month divides by service, region, tag and more."""
