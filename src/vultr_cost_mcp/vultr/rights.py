"""The rights that each path needs, by the names that Vultr's documents use for them.

A key has the permissions of its user (``account.acls`` of the API's specification), or its service
user has an IAM policy of actions (docs.vultr.com/platform/iam, read on 2026-10-23). The
specification names no permission for a path: which one a path needs is taken from its subject.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

BILLING: Final = "billing"
VIEW: Final = "subscriptions_view"


@dataclass(frozen=True, slots=True)
class Right:
    """The right to one path.

    ``reads`` is its use in words. ``permission`` is that of the key's user; None means that
    any key will do. ``action`` is the action of an IAM policy; None means that Vultr's pages state
    no name for it. ``assumed`` tells that the pages name the action, but not this path.
    """

    reads: str
    permission: str | None
    action: str | None = None
    assumed: bool = False

    @property
    def grant(self) -> str:
        """Return the sentence that says how to give a key this right."""
        if self.permission is None and self.action is None:
            return "Ask Vultr's support why this key may not read it."
        user = (
            f"grant {self.permission} to the key's user under Account > Users > Permissions"
            if self.permission
            else ""
        )
        policy = (
            f"add {self.action} to the IAM policy of its service user"
            if self.action
            else "with an IAM policy, allow the action for it, which Vultr's pages do not name"
        )
        sentence = "; or ".join(filter(None, (user, policy)))
        return f"{sentence[0].upper()}{sentence[1:]}."

    @property
    def name(self) -> str:
        """Return the names of the right: ``loadbalancer or network.loadbalancer.List``."""
        return " or ".join(filter(None, (self.permission, self.action)))


# For a path of a program that uses this client for more.
ANY_RIGHT: Final = Right("this", None)
