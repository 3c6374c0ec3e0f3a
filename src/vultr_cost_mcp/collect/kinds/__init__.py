"""Wire models to resources at their listed price, one file a family of kinds (rules D8, D15)."""
