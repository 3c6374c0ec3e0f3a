"""An independent reference: random accounts, the answers the rules give, and the comparison."""

from .accounts import ALL_QUIRKS, PLAIN, make_account
from .compare import differences
from .oracle import Filters, Oracle

__all__ = ["ALL_QUIRKS", "PLAIN", "Filters", "Oracle", "differences", "make_account"]
