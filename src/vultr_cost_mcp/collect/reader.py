"""Read one part of an account through the client, within its time limit (D33, D34)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio
from pydantic import ValidationError

from vultr_cost_mcp.collect.reading_cache import Reading
from vultr_cost_mcp.errors import TransportError, UnexpectedBodyError
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr.listing import Listing
from vultr_cost_mcp.workers import worked_out

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from vultr_cost_mcp.vultr.client import VultrClient
    from vultr_cost_mcp.vultr.endpoints import Endpoint
    from vultr_cost_mcp.vultr.models.fields import Wire

# Leaves room in D34's 25 seconds for the readings of single resources and for the answer.
PART_SECONDS = 14.0
# More rows than these take over 20 ms to check.
LARGE_ROWS = 400


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

            if endpoint.shape == "list":
                reading = await self._read_list(endpoint, seen, sent, ids)
            else:
                reading = await self._read_object(endpoint, sent, ids)
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
        listing = Listing()
        with anyio.move_on_after(PART_SECONDS) as scope:
            await self.client.read_list(endpoint, listing, seen, sent, **ids)
        if scope.cancelled_caught:
            if not listing.rows:
                raise _timed_out()
            listing.gap = "there was no time for more"
        rows, unreadable = await worked_out(
            lambda: _models(endpoint.model, listing.rows), large=len(listing.rows) > LARGE_ROWS
        )
        gap = _gap(listing, rows, unreadable)
        if gap is not None and not rows:
            # Nothing usable was read, so no sum over it is zero.
            msg = f"Vultr's answer has no row that can be used: {gap}. Ask again in a minute."
            raise UnexpectedBodyError(msg, gap)
        return Reading(rows, self.now(), gap=gap)


def _timed_out() -> TransportError:
    return TransportError("Vultr did not answer in time. Ask again in a minute.", "timed out")


def _models(model: type[Wire], rows: list[Any]) -> tuple[tuple[Wire, ...], int]:
    """Return the readable rows, each id once, and the number of unreadable ones."""
    models: dict[str, Wire] = {}
    unreadable = 0
    for number, row in enumerate(rows):
        try:
            read = model.model_validate(row)
        except ValidationError:
            unreadable += 1
            continue
        # Lines of the bill have no id: equal lines are two charges, not one row twice.
        models.setdefault(getattr(read, "id", "") or f"#{number}", read)
    return tuple(models.values()), unreadable


def _gap(listing: Listing, rows: tuple[Wire, ...], unreadable: int) -> str | None:
    """Explain missing rows, starting with how many were read of those known; None if complete."""
    why = listing.gap
    if why is None and unreadable:
        why = f"{unreadable:,} could not be understood"
    if why is None and listing.stated is not None and len(rows) < listing.stated:
        why = "the list ended early"
    if why is None:
        return None
    of = len(listing.rows) if listing.stated is None else listing.stated
    return f"{len(rows):,} of {of:,} read: {why}" if of else why
