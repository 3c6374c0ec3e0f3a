"""Other programs' variables about the network of this machine."""

from __future__ import annotations

import os


def own_certificates() -> str | None:
    """Return the variable that names certificates in place of the usual ones, None if none does."""
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if os.environ.get(name):
            return name
    return None
