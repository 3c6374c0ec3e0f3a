"""Run ``python -m vultr_cost_mcp`` as the command ``vultr-cost-mcp``."""

import sys

from vultr_cost_mcp.cli import main

sys.exit(main())
