"""What a Vultr account costs, answered over the Model Context Protocol."""
