"""The tool ``compare_plans``: the cheapest plan of a shape, and the nearest of other clouds."""
