"""Read-only client for the Vultr API v2: paginated, rate-limited, retries transient errors."""

from __future__ import annotations

import logging
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio
import httpx
from pydantic import ValidationError

from vultr_cost_mcp.errors import (
    AuthError,
    TransportError,
    UnexpectedBodyError,
)
from vultr_cost_mcp.vultr._retry import retrying
from vultr_cost_mcp.vultr._transport import GetOnlyTransport, network_transport
from vultr_cost_mcp.vultr._unreachable import transport_error
from vultr_cost_mcp.vultr._wire import (
    Body,
    decipher,
    http_date,
    object_of,
    page_of,
    rows_of,
)
from vultr_cost_mcp.vultr.keys import Keys
from vultr_cost_mcp.worker_threads import worked_out

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime, timedelta

    from vultr_cost_mcp.vultr.endpoints import Endpoint
    from vultr_cost_mcp.vultr.models.fields import Wire
    from vultr_cost_mcp.vultr.pagination import Page
    from vultr_cost_mcp.vultr.rights import Right

PAGE_ROWS = 500
ATTEMPT_SECONDS = 9.0
# A page of 500 rows is below 2 MB.
MOST_BYTES = 32 * 1024 * 1024
# A larger body takes over 2 ms to decode.
LARGE_BYTES = 64 * 1024
_JSON = {"Accept": "application/json"}
# They log addresses with ids, and response headers at debug level, so only warnings pass.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class VultrClient:
    """The API v2 for one key, or for none; every method raises only VultrError."""

    def __init__(
        self,
        *,
        base_url: str,
        key: str | None,
        limiter: AbstractAsyncContextManager[Any],
        now: Callable[[], datetime],
        transport: httpx.AsyncBaseTransport | None = None,
        renew: Callable[[], Awaitable[str]] | None = None,
    ) -> None:
        """``renew`` gives a key when Vultr does not accept the last one; it raises ConfigError."""
        self._keys = Keys(key, renew)
        self._limiter = limiter
        self._now = now
        self.clock_skew: timedelta | None = None
        self._http = httpx.AsyncClient(
            base_url=base_url.rstrip("/"),
            headers=_JSON,
            transport=GetOnlyTransport(transport or network_transport(base_url), base_url),
            timeout=httpx.Timeout(ATTEMPT_SECONDS, connect=5.0),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def read(
        self,
        endpoint: Endpoint,
        params: Mapping[str, str],
        sent: Callable[[], None] = lambda: None,
        **ids: str,
    ) -> Any:
        """Read an endpoint that returns one object (a model) or a map (of models by key).

        ``params`` are its query, ``ids`` fill its path, and ``sent`` is called when the rate
        limiter has released a request.
        """
        body = await self._get(
            _path(endpoint, ids), {**endpoint.params, **params}, sent, endpoint.right
        )
        found = object_of(body, endpoint.keys)
        if endpoint.shape == "map":
            return endpoint.keep({key: _model(endpoint.model, row) for key, row in found.items()})
        return endpoint.keep(_model(endpoint.model, found))

    async def pages(
        self, endpoint: Endpoint, sent: Callable[[], None] = lambda: None, **ids: str
    ) -> AsyncGenerator[Page, None]:
        """Yield the pages of a list, each after the last one's cursor.

        ``sent`` is called when the rate limiter has released a request, ``ids`` fill the path.
        Whether the pages are the whole list, or go on for ever, is for ``Listing`` to judge.
        """
        path = _path(endpoint, ids)
        params = {**endpoint.params, "per_page": str(PAGE_ROWS)}
        while True:
            page = page_of(await self._get(path, params, sent, endpoint.right), endpoint.keys)
            yield page
            if not page.cursor:
                return
            params["cursor"] = page.cursor

    async def first_rows(self, endpoint: Endpoint, **ids: str) -> list[Wire]:
        """Read no more of an endpoint than shows that it may be read; return its first rows.

        ``ids`` fill its path. An object is one row, a map has none.
        """
        params = {**endpoint.params, **({"per_page": "1"} if endpoint.shape == "list" else {})}
        body = await self._get(_path(endpoint, ids), params, _nothing, endpoint.right)
        rows = rows_of(body, endpoint.keys)
        return [] if endpoint.shape == "map" else [_model(endpoint.model, row) for row in rows]

    async def _get(
        self, path: str, params: Mapping[str, str], sent: Callable[[], None], right: Right
    ) -> Body:
        key = self._keys.current
        try:
            return await retrying()(self._get_once, key, path, params, sent, right)
        except AuthError:
            if not await self._keys.renewed(key):
                raise
        return await retrying()(self._get_once, self._keys.current, path, params, sent, right)

    async def _get_once(
        self,
        key: str | None,
        path: str,
        params: Mapping[str, str],
        sent: Callable[[], None],
        right: Right,
    ) -> Body:
        bearer = {} if key is None else {"Authorization": f"Bearer {key}"}
        async with self._limiter:
            sent()
        try:
            with anyio.fail_after(ATTEMPT_SECONDS):
                request = self._http.build_request("GET", path, params=params, headers=bearer)
                answer = await self._http.send(request, stream=True)
                try:
                    content = await _whole(answer)
                finally:
                    await answer.aclose()
        except (httpx.TimeoutException, TimeoutError) as error:
            msg = "Vultr did not answer in time. Ask again in a minute."
            raise TransportError(msg, "timed out") from error
        except (httpx.DecodingError, httpx.InvalidURL) as error:
            msg = "Vultr's answer could not be decoded"
            raise UnexpectedBodyError(msg) from error
        except httpx.HTTPError as error:
            raise transport_error(error) from error
        now = self._now()
        stamp = http_date(answer.headers.get("date", ""))
        self.clock_skew = None if stamp is None else stamp - now
        return await worked_out(
            lambda: decipher(answer.status_code, answer.headers, content, now, right),
            large=len(content) > LARGE_BYTES,
        )


def _nothing() -> None:
    """Take note of a request that nobody waits for."""


def _path(endpoint: Endpoint, ids: Mapping[str, str]) -> str:
    """Return the path of an endpoint; an id always stays one segment of it."""
    steps = {name: quote(value, safe="") for name, value in ids.items()}
    if any(set(step) <= {"."} for step in steps.values() if step):
        msg = "Vultr's answer names something by an unusable id"
        raise UnexpectedBodyError(msg)
    return endpoint.path.format(**steps)


async def _whole(answer: httpx.Response) -> bytes:
    """Read the decompressed body; raise if it exceeds `MOST_BYTES`."""
    content = bytearray()
    async for piece in answer.aiter_bytes():
        content += piece
        if len(content) > MOST_BYTES:
            msg = "Vultr's answer is larger than any answer is"
            raise UnexpectedBodyError(msg)
    return bytes(content)


def _model(model: type[Wire], row: Any) -> Wire:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        fields = sorted({str(detail["loc"][0]) for detail in error.errors() if detail["loc"]})
        msg = f"Vultr's answer has an unreadable {', '.join(fields) or 'object'}"
        # The validation error contains the body, so it is not chained.
        raise UnexpectedBodyError(msg) from None
