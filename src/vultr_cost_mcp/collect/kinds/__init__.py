"""Turn wire models into resources at list price, one file a family of kinds (rules D8, D15)."""
