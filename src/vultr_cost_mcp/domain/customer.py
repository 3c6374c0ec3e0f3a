"""The id under which the readings of an account are stored."""

from __future__ import annotations

import hashlib

# The account's name where the configuration gives none.
UNNAMED = "default"
# What stands for every account at once.
ALL = "all"
_DIGITS = 12


def customer_of(email: str) -> str:
    """The customer's id of an account that has no name: stable, and not the address itself."""
    digest = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    return f"vultr-{digest[:_DIGITS]}"
