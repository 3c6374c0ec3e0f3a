"""One account: its key, whether Vultr accepts it from here, and each right that it has."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import anyio

from vultr_cost_mcp.collect.clock import CLOCK_TOLERANCE, duration
from vultr_cost_mcp.doctor.check import Check, from_error
from vultr_cost_mcp.errors import (
    AddressNotAllowedError,
    AuthError,
    CertificateError,
    FeatureOffError,
    ForbiddenError,
    RateLimitedError,
    StatusError,
    UnexpectedBodyError,
    VultrError,
)
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.markdown import count
from vultr_cost_mcp.vultr.models.billing import Account

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from vultr_cost_mcp.vultr.client import VultrClient
    from vultr_cost_mcp.vultr.models.fields import Wire

# The list whose first row a reading of single resources is tried on.
TRIED_ON: Final[Mapping[str, str]] = {
    "bare_metal_traffic": "bare_metals",
    "cluster_resources": "kubernetes_clusters",
    "database_usage": "databases",
    "file_system_attachments": "file_systems",
    "gpu_cluster_metrics": "gpu_clusters",
    "inference_usage": "inference",
    "instance_traffic": "instances",
    "instance_upgrades": "instances",
    "invoice_items": "invoices",
    "nat_gateways": "vpcs",
    "region_availability": "regions",
}
# Which of them can be read tells whether Vultr accepts the key at all.
_FIRST: Final = ("account", "pending_charges", "instances")
_HTTP_NOT_FOUND: Final = 404
_PERMISSION: Final = re.compile("[a-z_]{2,40}")


@dataclass
class Examination:
    """The requests of one account's examination, and their results.

    ``outcomes`` holds for each endpoint that was asked the error, or None if it was read.
    """

    client: VultrClient
    outcomes: dict[str, VultrError | None] = field(default_factory=dict[str, "VultrError | None"])
    _rows: dict[str, list[Wire]] = field(default_factory=dict[str, "list[Wire]"])

    async def run(self) -> list[Check]:
        """Ask Vultr and return the checks; after a rejected key the others are left out."""
        refusal = await self._refusal()
        if refusal is not None:
            return [refusal]
        await self._try_all(name for name in ENDPOINTS if name not in TRIED_ON)
        await self._try_all(TRIED_ON)
        return [
            Check("address", "ok", "Vultr accepts the key from this address."),
            *self._rights(),
            *self._limited(),
            clock(self.client.clock_skew),
        ]

    async def _refusal(self) -> Check | None:
        """Return why nothing can be read at all, None if the key is accepted."""
        error: VultrError | None = None
        for name in _FIRST:
            await self._try(name)
            error = self.outcomes[name]
            if error is None or isinstance(error, (ForbiddenError, FeatureOffError)):
                return None
            if not isinstance(error, AuthError):
                return _unread(error)
        return _unread(error)

    async def _try_all(self, names: Iterable[str]) -> None:
        async with anyio.create_task_group() as tasks:
            for name in names:
                if name not in self.outcomes:
                    tasks.start_soon(self._try, name)

    async def _try(self, name: str) -> None:
        ids: dict[str, str] = {}
        if name in TRIED_ON:
            found = _id_of(self._rows.get(TRIED_ON[name], []))
            if found is None:
                return
            ids["id"] = found
        try:
            self._rows[name] = await self.client.first_rows(ENDPOINTS[name], **ids)
            self.outcomes[name] = None
        except VultrError as error:
            self.outcomes[name] = error

    def _rights(self) -> list[Check]:
        found = [_right(name, error) for name, error in sorted(self.outcomes.items())]
        lacking = [check for check in found if check.status != "ok"]
        summary = Check(
            "permissions",
            "ok" if len(lacking) < len(found) else "fail",
            f"{len(found) - len(lacking)} of {count(len(found), 'reading')} allowed{self._held()}.",
            "" if len(lacking) < len(found) else "Give the key the rights that are named below.",
        )
        return [summary, *found]

    def _held(self) -> str:
        """Return the permissions of the key's user, as Vultr states them."""
        names = [
            name
            for row in self._rows.get("account", [])
            if isinstance(row, Account)
            for name in row.acls
        ]
        known = [name for name in names if _PERMISSION.fullmatch(name)]
        return f"; the key's user has {', '.join(known)}" if known else ""

    def _limited(self) -> Iterable[Check]:
        for error in self.outcomes.values():
            if isinstance(error, RateLimitedError):
                yield from_error("rate limit", error, "warn")
                return


def _right(name: str, error: VultrError | None) -> Check:
    """Return the check of one endpoint, after the key was accepted."""
    right = ENDPOINTS[name].right
    what = right.reads[0].upper() + right.reads[1:]
    named = f"permission {ENDPOINTS[name].path}"
    if isinstance(error, FeatureOffError):
        return Check(named, "ok", f"{what}: not enabled for this account.")
    if isinstance(error, (AuthError, ForbiddenError)):
        needed = f" without {right.name}" if right.name else ""
        status = error.status
        return Check(named, "warn", f"{what} stay unread{needed} (HTTP {status}).", right.grant)
    if error is None or (name in TRIED_ON and _is_absent(error)):
        return Check(named, "ok", f"{what}: {right.name or 'any key'}.")
    check = from_error(named, error, "warn")
    return replace(check, detail=f"{what} could not be read ({error.short}).")


def _is_absent(error: VultrError) -> bool:
    """Return whether an error says that a resource lacks the part, such as a NAT gateway."""
    return isinstance(error, StatusError) and error.status == _HTTP_NOT_FOUND


def _unread(error: VultrError | None) -> Check:
    """Return the check that says why nothing can be read."""
    match error:
        case AddressNotAllowedError():
            # One sentence of the error: what happened, a colon, what to do.
            detail, _, do = str(error).rpartition(": ")
            return Check("address", "fail", f"{detail}.", do[:1].upper() + do[1:])
        case AuthError():
            return from_error("key", error)
        case RateLimitedError():
            return from_error("rate limit", error)
        case CertificateError():
            return from_error("tls", error)
        case UnexpectedBodyError():
            do = "Check VULTR_API_URL, and whether a proxy answers in Vultr's place."
            return replace(from_error("network", error), do=do)
        case _:
            return from_error("network", error or VultrError("Vultr did not answer."))


def _id_of(rows: list[Wire]) -> str | None:
    found: object = getattr(rows[0], "id", None) if rows else None
    return str(found) if found else None


def clock(skew: timedelta | None) -> Check:
    """Check this machine's clock against Vultr's, if Vultr told the time."""
    if skew is None:
        return Check("clock", "ok", "Vultr did not tell the time.")
    seconds = round(abs(skew).total_seconds())
    if abs(skew) <= CLOCK_TOLERANCE:
        return Check("clock", "ok", f"It differs from Vultr's by {count(seconds, 'second')}.")
    side = "behind" if skew > timedelta(0) else "ahead of"
    return Check(
        "clock",
        "warn",
        f"This machine's clock is {duration(skew)} {side} Vultr's, so that the month and the hours "
        "may be wrong.",
        "Set the clock of this machine, or let it set itself (NTP).",
    )
