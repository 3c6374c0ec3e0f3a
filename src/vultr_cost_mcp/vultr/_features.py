"""Refusals that are about a feature of the account, told by their words. Never shown."""

from __future__ import annotations

import re

# A refusal of a feature, not of the key: nothing that speaks of the API, a key, a user or a server.
_FEATURE_OFF = re.compile(
    r"\b(?:not (?:been |currently |yet )?(?:enabled|activated)\b"
    r"|(?:not (?:currently |yet )?available|disabled) (?:for|on|to|in) (?:this|your) account\b)",
    re.IGNORECASE,
)
_NO_FEATURE = re.compile(
    r"\b(?:api|key|token|user|role|permission|privilege|acl|ip|address|not (?:allowed|authorized)"
    r"|account (?:is|has|was))s?\b",
    re.IGNORECASE,
)


def is_feature_off(text: str) -> bool:
    """Tell whether a refusal is about a feature that the account lacks, not about the key."""
    return bool(_FEATURE_OFF.search(text)) and not _NO_FEATURE.search(text)
