"""Collect a Snapshot: read the needed parts that are not cached, concurrently."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from math import inf
from sys import intern
from typing import TYPE_CHECKING

import anyio
from anyio.lowlevel import checkpoint

from vultr_cost_mcp.collect.assemble import assemble
from vultr_cost_mcp.collect.background import Unread
from vultr_cost_mcp.collect.cache_validity import ReadingsUsed
from vultr_cost_mcp.collect.clock import ahead_of, is_usable, unusable_clock
from vultr_cost_mcp.collect.completeness import FINISHED
from vultr_cost_mcp.collect.fetched import FetchedParts
from vultr_cost_mcp.collect.kept_snapshots import KeptSnapshots
from vultr_cost_mcp.collect.memo import Memo
from vultr_cost_mcp.collect.progress import ProgressReport
from vultr_cost_mcp.collect.reader import Reader
from vultr_cost_mcp.domain.account_parts import OFFER, REGIONS
from vultr_cost_mcp.domain.month import Month
from vultr_cost_mcp.domain.snapshot import Checked, Snapshot
from vultr_cost_mcp.errors import ClockError
from vultr_cost_mcp.worker_threads import worked_out

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from vultr_cost_mcp.collect.background import Background
    from vultr_cost_mcp.collect.reading_cache import Reading, ReadingCache
    from vultr_cost_mcp.domain.account_parts import Detail, Part
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest
    from vultr_cost_mcp.families.price_table import PriceTable
    from vultr_cost_mcp.vultr.client import VultrClient

DAY_SECONDS = 86_400.0
# D34: the most readings of single resources in one call.
DETAILS_A_CALL = 200
DETAIL_SECONDS = 15.0
CALL_SECONDS = 18.0
_AT_ONCE = 16
# More rows than these take over 20 ms to assemble.
LARGE_ROWS = 400
_A_DAY: frozenset[str] = OFFER | REGIONS
_TRAFFIC: frozenset[Detail] = frozenset({"instance_traffic", "bare_metal_traffic"})
_DETAILS_A_DAY: frozenset[Detail] = frozenset({*_TRAFFIC, "region_availability"})


@dataclass(frozen=True, slots=True)
class Collector:
    """Collects snapshots of one account; implements ``domain.source.SnapshotSource``.

    ``background`` reads the traffic that a question left unread; None leaves it to the next one.
    """

    account: str
    client: VultrClient
    readings: ReadingCache
    table: PriceTable
    now: Callable[[], datetime]
    cache_seconds: float
    exempt_tags: frozenset[str] = frozenset({"keep", "cost-ignore"})
    sample: bool = False
    background: Background | None = None
    memo: Memo = field(default_factory=Memo)
    snapshots: KeptSnapshots = field(default_factory=KeptSnapshots)

    async def __call__(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
        progress: Callable[[int, int, str], Awaitable[None]] | None = None,
        *,
        fresh: bool = False,
        known: dict[str, Reading] | None = None,
    ) -> Snapshot:
        """Read ``needs``, then the requests of ``follow_up``, within D34's time.

        ``progress`` is called with steps done, steps known and a name. ``fresh`` ignores cached
        readings except price lists, past days and invoices, which do not change. ``known`` are the
        readings of the same answer so far, by part; those of this call are added. Raises ClockError
        where this machine's clock is in a year without known months.
        """
        await self._refuse_unusable_clock(needs)
        with self.background.question() if self.background else nullcontext():
            return await self._taken(
                needs, follow_up, progress, {} if known is None else known, fresh=fresh
            )

    async def _taken(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None,
        progress: Callable[[int, int, str], Awaitable[None]] | None,
        known: dict[str, Reading],
        *,
        fresh: bool,
    ) -> Snapshot:
        deadline = anyio.current_time() + CALL_SECONDS
        not_before = self.now() if fresh else None
        async with ProgressReport(progress) as report:
            parts = await self._parts(needs, known, report, not_before)
            if _failed(parts, "pending_charges") and "account" not in parts:
                # Without the lines, the account's own figure gives the month to date (D1, D33).
                with anyio.move_on_at(deadline):
                    parts |= await self._parts(frozenset({"account"}), known, report, not_before)
            # One instant for the whole answer: its month must not turn while details come (D5).
            now = self._instant(parts), self._ahead(not_before)
            snapshot = await self._snapshot(parts, {}, (), now)
            wanted = follow_up(snapshot) if follow_up else ()
            if not wanted:
                return snapshot
            details = await self._details(wanted, report, deadline, not_before)
            return await self._snapshot(parts, details, wanted, now)

    async def _refuse_unusable_clock(self, needs: frozenset[Part]) -> None:
        """Raise ClockError for a clock in a year without known months; one reading tells Vultr's.

        A reading that fails tells it too, unless no answer arrived (D5).
        """
        clock = self.now()
        if is_usable(clock):
            return
        for name in sorted(needs)[:1]:
            read = Reader(self.client, self.now).part(name)
            await self.readings.get((self.account, name), read, keep_seconds=self.cache_seconds)
        raise ClockError(unusable_clock(clock, self.client.clock_skew))

    def _instant(self, parts: Mapping[str, Reading]) -> datetime:
        """Return the instant of the newest reading, or the start of the UTC day if that is later.

        The same readings give the same answer all day, however often they are asked.
        """
        clock = self.now()
        day = clock.replace(hour=0, minute=0, second=0, microsecond=0)
        return min(clock, max([day, *(row.read_at for row in parts.values())]))

    async def _snapshot(
        self,
        parts: dict[str, Reading],
        details: dict[str, dict[str, Reading]],
        wanted: Sequence[DetailRequest],
        time: tuple[datetime, timedelta],
    ) -> Snapshot:
        """Return the snapshot of some readings: the kept one, or one that is assembled now."""
        used = (
            *(((self.account, name), reading) for name, reading in parts.items()),
            *(
                (self._key(want), details[want.detail][want.id])
                for want in wanted
                if want.id in details[want.detail]
            ),
        )
        skew = self.client.clock_skew
        minutes = None if skew is None else skew // timedelta(minutes=1)
        key = (time, minutes, len(wanted), *(id(reading) for _, reading in used))
        kept = self.snapshots.get(key)
        if kept is not None:
            return kept
        rows = sum(row.rows for _, row in used)
        large = rows > LARGE_ROWS
        snapshot = await worked_out(
            lambda: self._assemble(parts, details, wanted, time), large=large
        )
        whole = len(used) == len(parts) + len(wanted)
        basis = ReadingsUsed(self.readings, used, time[0].date(), self.now) if whole else None
        snapshot = replace(snapshot, basis=basis, large=large)
        self.snapshots.keep(key, snapshot, [reading for _, reading in used])
        return snapshot

    def _assemble(
        self,
        parts: dict[str, Reading],
        details: dict[str, dict[str, Reading]],
        wanted: Sequence[DetailRequest],
        time: tuple[datetime, timedelta],
    ) -> Snapshot:
        now, ahead = time
        taken = FetchedParts(
            account=self.account,
            sample=self.sample,
            exempt_tags=self.exempt_tags,
            now=now + ahead,
            ahead=ahead,
            skew=self.client.clock_skew,
            parts=parts,
            details=details,
            memo=self.memo,
            checked=_checked(wanted, details),
            goes_on=self.background is not None and self.background.is_reading,
            wanted={
                name: frozenset(want.id for want in wanted if want.detail == name)
                for name in details
            },
        )
        return assemble(taken, self.table)

    async def _parts(
        self,
        needs: frozenset[Part],
        known: dict[str, Reading],
        report: ProgressReport,
        not_before: datetime | None,
    ) -> dict[str, Reading]:
        month = Month.of(self.now() + self._ahead(not_before))
        parts = await self._read_parts(needs, known, report, not_before or month.start)
        ahead = self._ahead(not_before)
        now_month = Month.of(self.now() + ahead)
        if now_month != month:
            # The month changed while the parts were read; one reading must not straddle it (D5).
            parts = await self._read_parts(needs, known, report, now_month.start - ahead)
        return parts

    def _ahead(self, not_before: datetime | None) -> timedelta:
        """Return how far Vultr's clock is ahead; a fresh reading is stamped with Vultr's time."""
        return ahead_of(self.client.clock_skew) if not_before else timedelta(0)

    async def _read_parts(
        self,
        needs: frozenset[Part],
        known: dict[str, Reading],
        report: ProgressReport,
        not_before: datetime,
    ) -> dict[str, Reading]:
        # Of this month, unless it does not matter.
        parts: dict[str, Reading] = {
            name: known[name]
            for name in needs & known.keys()
            if name in _A_DAY or known[name].read_at >= not_before
        }
        reader = Reader(self.client, self.now)

        async def read(name: Part) -> None:
            step = report.step(name)
            parts[name] = await self.readings.get(
                (self.account, name),
                reader.part(name),
                keep_seconds=DAY_SECONDS if name in _A_DAY else self.cache_seconds,
                not_before=None if name in _A_DAY else not_before,
                listener=step.pages,
            )
            step.done()

        async with anyio.create_task_group() as tasks:
            for name in sorted(needs - parts.keys()):
                tasks.start_soon(read, name)
        known |= parts
        return {name: parts[name] for name in sorted(parts)}

    async def _details(
        self,
        wanted: Sequence[DetailRequest],
        report: ProgressReport,
        deadline: float,
        not_before: datetime | None,
    ) -> dict[str, dict[str, Reading]]:
        found: dict[str, dict[str, Reading]] = {want.detail: {} for want in wanted}
        reader = Reader(self.client, self.now)
        places = anyio.Semaphore(_AT_ONCE)

        async def read(want: DetailRequest, oldest: datetime | None) -> None:
            step = report.step(want.detail)
            found[want.detail][want.id] = await self.readings.get(
                self._key(want),
                reader.part(want.detail, **_ids(want)),
                keep_seconds=self._keep_seconds(want),
                not_before=oldest,
            )
            step.done()

        async def read_in_turn(want: DetailRequest, oldest: datetime | None) -> None:
            async with places:
                await read(want, oldest)

        with anyio.move_on_at(min(deadline, anyio.current_time() + DETAIL_SECONDS)):
            async with anyio.create_task_group() as tasks:
                for number, want in enumerate(self._affordable(wanted), start=1):
                    oldest = None if want.detail in FINISHED else not_before
                    if self.readings.kept(self._key(want), oldest) is None:
                        tasks.start_soon(read_in_turn, want, oldest)
                    else:
                        # Thousands of tasks that wait for nothing would take more than their
                        # readings.
                        await read(want, oldest)
                    if number % _AT_ONCE == 0:
                        await checkpoint()
        if self.background is not None:
            self.background.add(self._unread(wanted, reader))
        return found

    def _unread(self, wanted: Sequence[DetailRequest], reader: Reader) -> Iterable[Unread]:
        """Return the servers' traffic that is not read yet, of this UTC day."""
        for want in wanted:
            key = self._key(want)
            if want.detail in _TRAFFIC and self.readings.kept(key) is None:
                read = reader.part(want.detail, **_ids(want))
                is_today = partial(self._is_today, key, want)
                yield Unread(key, read, self._keep_seconds(want), is_today)

    def _is_today(self, key: tuple[str, ...], want: DetailRequest) -> bool:
        return key == self._key(want)

    def _affordable(self, wanted: Sequence[DetailRequest]) -> list[DetailRequest]:
        """Return the cached requests and the first uncached ones, so the next call continues."""
        affordable: list[DetailRequest] = []
        unknown = 0
        for want in wanted:
            if self.readings.kept(self._key(want)) is None:
                unknown += 1
                if unknown > DETAILS_A_CALL:
                    continue
            affordable.append(want)
        return affordable

    def _key(self, want: DetailRequest) -> tuple[str, ...]:
        # Past days of traffic do not change, so traffic is cached by day (D34).
        day = intern(str(self.now().date())) if want.detail in _TRAFFIC else ""
        # Bare metal takes no range: every request gets the same days.
        days = "" if want.detail == "bare_metal_traffic" else intern(str(want.days))
        return (self.account, want.detail, want.id, days, day)

    def _keep_seconds(self, want: DetailRequest) -> float:
        if want.detail == "invoice_items":
            return inf
        return DAY_SECONDS if want.detail in _DETAILS_A_DAY else self.cache_seconds


def _failed(parts: dict[str, Reading], name: str) -> bool:
    return name in parts and parts[name].error is not None


def _ids(want: DetailRequest) -> dict[str, str]:
    # The API keeps 180 days of traffic; bare metal takes no range.
    days = {"date_range": str(min(180, want.days))} if want.detail == "instance_traffic" else {}
    return {"id": want.id, **days}


def _checked(
    wanted: Sequence[DetailRequest], found: dict[str, dict[str, Reading]]
) -> dict[str, Checked]:
    return {
        detail: Checked(
            count=sum(reading.error is None for reading in readings.values()),
            of=sum(want.detail == detail for want in wanted),
        )
        for detail, readings in found.items()
    }
