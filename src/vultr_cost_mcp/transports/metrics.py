"""The path that a monitoring system scrapes; it needs the token, as calls do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.transports.access import values
from vultr_cost_mcp.transports.replies import Denial, RefusedError, send_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

METRICS_PATH = "/metrics"


class MetricsEndpoint:
    """Answers a scrape; ``scrape`` returns the content type and text, and waits for nothing."""

    def __init__(self, scrape: Callable[[str], tuple[str, bytes]]) -> None:
        self._scrape = scrape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the values; raise RefusedError with 501 if they cannot be written here."""
        del receive
        accept = b", ".join(values(scope, b"accept")).decode("latin-1")
        try:
            content_type, body = self._scrape(accept)
        except ConfigError as error:
            raise RefusedError(Denial(501, str(error))) from error
        await send_text(send, content_type, body)
