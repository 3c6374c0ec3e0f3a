"""Read one part of an account through the client, within its time limit (D33, D34)."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
from pydantic import ValidationError

from vultr_cost_mcp.collect.reading_cache import Reading
from vultr_cost_mcp.errors import RateLimitedError, TransportError, UnexpectedBodyError, VultrError
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr.models.fields import compact
from vultr_cost_mcp.vultr.pagination import Listing
from vultr_cost_mcp.worker_threads import worked_out

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from vultr_cost_mcp.vultr.client import VultrClient
    from vultr_cost_mcp.vultr.endpoints import Endpoint

# Leaves room in D34's 25 seconds for the readings of single resources and for the answer.
PART_SECONDS = 14.0
# A page of more rows takes over 2 ms to check.
LARGE_ROWS = 50


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads parts of one account."""

    client: VultrClient
    now: Callable[[], datetime]

    def part(
        self, name: str, **ids: str
    ) -> Callable[[Callable[[int, int | None], None]], Awaitable[Reading]]:
        """Return a function that reads the endpoint ``name``, for ``ReadingCache.get``.

        ``ids`` fill the endpoint's path.
        """
        endpoint = ENDPOINTS[name]

        async def read(seen: Callable[[int, int | None], None]) -> Reading:
            # A reading is as old as its start: one requested before midnight belongs to that day
            # (D5).
            begun: list[datetime] = []

            def sent() -> None:
                if not begun:
                    begun.append(self.now())
                    seen(0, None)

            try:
                if endpoint.shape == "list":
                    reading = await self._read_list(endpoint, seen, sent, ids)
                else:
                    reading = await self._read_object(endpoint, sent, ids)
            except UnexpectedBodyError as error:
                raise _about(endpoint, error) from error
            return replace(reading, read_at=begun[0])

        return read

    async def _read_object(
        self, endpoint: Endpoint, sent: Callable[[], None], ids: dict[str, str]
    ) -> Reading:
        params = {name: value for name, value in ids.items() if name != "id"}
        try:
            with anyio.fail_after(PART_SECONDS):
                value = await self.client.read(endpoint, params, sent, id=ids.get("id", ""))
        except TimeoutError as error:
            raise _timed_out() from error
        return Reading(value, self.now())

    async def _read_list(
        self,
        endpoint: Endpoint,
        seen: Callable[[int, int | None], None],
        sent: Callable[[], None],
        ids: dict[str, str],
    ) -> Reading:
        listing = Listing(row_reader(endpoint))
        with anyio.move_on_after(PART_SECONDS) as scope:
            await self.fill(listing, endpoint, seen, sent, ids)
        if scope.cancelled_caught:
            if not listing.rows:
                raise _timed_out()
            listing.gap = "there was no time for more"
        reading = reading_of(listing, self.now())
        if reading.gap is not None and not reading.value:
            # Nothing usable was read, so no sum over it is zero.
            msg = f"Vultr's answer has no row that can be used ({reading.gap})"
            raise UnexpectedBodyError(msg, reading.gap)
        return reading

    async def fill(
        self,
        listing: Listing,
        endpoint: Endpoint,
        seen: Callable[[int, int | None], None],
        sent: Callable[[], None],
        ids: dict[str, str],
    ) -> None:
        """Add the pages of a list to its last one; a failure after the first page is a gap."""
        try:
            async with aclosing(self.client.pages(endpoint, sent, **ids)) as pages:
                async for page in pages:
                    goes_on = await worked_out(
                        partial(listing.add, page), large=len(page.rows) > LARGE_ROWS
                    )
                    seen(len(listing.rows), listing.stated)
                    if not goes_on:
                        return
        except VultrError as error:
            if not listing.begun:
                raise
            listing.gap = f"the next page failed ({error.short})"
            listing.is_limited = isinstance(error, RateLimitedError)


def _about(endpoint: Endpoint, error: UnexpectedBodyError) -> UnexpectedBodyError:
    """Return an error that also says what was to be read and what to do."""
    what = endpoint.right.reads
    msg = (
        f"{what[0].upper()}{what[1:]} could not be read: {error}. Ask again in a minute; if it "
        "stays so, check VULTR_API_URL, and whether a proxy answers in Vultr's place."
    )
    return UnexpectedBodyError(msg, error.short)


def _timed_out() -> TransportError:
    return TransportError("Vultr did not answer in time. Ask again in a minute.", "timed out")


def row_reader(endpoint: Endpoint) -> Callable[[Any], object]:
    """Return a function from a row of the API to the row to keep; None for a malformed row."""

    def read(row: Any) -> object:
        try:
            return endpoint.keep(compact(endpoint.model.model_validate(row)))
        except ValidationError:
            return None

    return read


def reading_of(listing: Listing, now: datetime) -> Reading:
    """Return the readable rows of a list, each id once, and why some are missing."""
    listing.count_once()
    # Lines of the bill have no id: equal lines are two charges, not one row twice.
    rows: dict[object, object] = {}
    for number, row in enumerate(listing.rows):
        if row is not None:
            rows.setdefault(getattr(row, "id", "") or number, row)
    unreadable = sum(row is None for row in listing.rows)
    gap = _gap(listing, len(rows), unreadable)
    return Reading((*rows.values(),), now, gap=gap, is_limited=listing.is_limited)


def _gap(listing: Listing, rows: int, unreadable: int) -> str | None:
    """Explain missing rows, starting with how many were read of those known; None if complete."""
    why = listing.gap
    if why is None and unreadable:
        why = f"{unreadable:,} could not be understood"
    if why is None and listing.stated is not None and rows < listing.stated:
        why = "the list ended early"
    if why is None:
        return None
    of = len(listing.rows) if listing.stated is None else listing.stated
    return f"{rows:,} of {of:,} read: {why}" if of else why
