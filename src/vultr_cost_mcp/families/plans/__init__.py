"""Plans, which servers and clusters are priced by: what each is, and what it costs where."""
