"""``python -m vultr_cost_mcp`` is the command ``vultr-cost-mcp``."""

import sys

from vultr_cost_mcp.cli import main

sys.exit(main())
