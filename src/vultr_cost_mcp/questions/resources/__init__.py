"""list_resource_costs: every resource that exists and its monthly cost."""
