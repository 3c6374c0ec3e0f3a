"""Recognize refusals that concern a feature of the account by their words. Never shown."""

from __future__ import annotations

import re

# A refusal of a feature mentions no API, key, user or server.
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
    """Return whether a refusal concerns a feature that the account lacks, not the key."""
    return bool(_FEATURE_OFF.search(text)) and not _NO_FEATURE.search(text)
