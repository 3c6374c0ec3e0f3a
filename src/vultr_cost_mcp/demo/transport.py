"""The transport that answers for the API from the sample account, with no network."""

from __future__ import annotations

from email.utils import format_datetime

import httpx

from vultr_cost_mcp.demo.data import SAMPLE_NOW, Row
from vultr_cost_mcp.demo.routes import answer
from vultr_cost_mcp.demo.wire import RefusedError, to_json

_DATE = format_datetime(SAMPLE_NOW, usegmt=True)


class SampleTransport(httpx.AsyncBaseTransport):
    """Answers every GET like Vultr's API, for the sample account as it is at ``SAMPLE_NOW``.

    The host and the path before ``/v2`` do not matter, and neither does the key. Lists come in
    pages (``per_page``, at most 500, and ``cursor``), unknown paths and ids as 404 and other
    methods as 405, both with the API's JSON error body. Answers depend on nothing but the request.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; a wrong request gets an error status and never raises."""
        if request.method != "GET":
            return _response(405, _error(405, "Method not allowed. Must be one of: GET"))
        try:
            return _response(200, answer(request.url.path, dict(request.url.params)))
        except RefusedError as refusal:
            return _response(refusal.status, _error(refusal.status, refusal.text))


def _error(status: int, text: str) -> Row:
    return {"error": text, "status": status}


def _response(status: int, body: Row) -> httpx.Response:
    headers = {"content-type": "application/json", "date": _DATE}
    return httpx.Response(status, headers=headers, content=to_json(body).encode())
