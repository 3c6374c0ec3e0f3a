"""Plans, which servers and clusters are priced by: their sizes, and prices by region."""
