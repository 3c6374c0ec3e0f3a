"""What things cost: the dated table, caps, and the rules that price a resource or a line."""
