"""The key of a client, and another one when Vultr no longer accepts it."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

import anyio

from vultr_cost_mcp.errors import AuthError, ConfigError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# A key that Vultr rejects is not asked for again and again: the command may ask its user.
RENEW_SECONDS = 300.0
_UNAUTHORIZED = 401


class Keys:
    """The current key, None for public lists; ``renew`` gives another one, None if none does."""

    def __init__(self, key: str | None, renew: Callable[[], Awaitable[str]] | None) -> None:
        self.current = key
        self._renew = renew
        self._renewing = anyio.Lock()
        self._last = -inf
        self._failure: ConfigError | None = None

    async def renewed(self, rejected: str | None) -> bool:
        """Return whether there is another key than the rejected one, asking for one if needed.

        Requests side by side ask once. Raises AuthError if a key was asked for and none came.
        """
        if self._renew is None:
            return False
        async with self._renewing:
            if self.current == rejected and anyio.current_time() - self._last >= RENEW_SECONDS:
                self._last, self._failure = anyio.current_time(), None
                try:
                    self.current = await self._renew()
                except ConfigError as error:
                    self._failure = error
            if self.current == rejected and self._failure is not None:
                msg = f"Vultr no longer accepts the key (HTTP 401), and {self._failure}"
                raise AuthError(msg, _UNAUTHORIZED) from self._failure
        return self.current != rejected
