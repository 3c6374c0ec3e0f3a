"""Expected answers, computed slowly and plainly from the wire rows by the billing rules alone.

Where the rules leave a choice, this is what was chosen:

1.  D11 "whole words": a plural s is allowed ("Automatic Backups" is Backups).
2.  D10 "the address in its description": the first IPv4 outside brackets and parentheses; a label
    that looks like an address is a label.
3.  D10 candidates are only resources of the kinds that the line's service can be about, so a
    balancer and a server of one label do not make each other ambiguous, and a "Reserved IP" line
    never finds the server that holds the address.
4.  D10 "existed in the line's span": created before the line's end; asked of labels too, so a
    closed line of a destroyed server is not given to a later one of the same label. A label is
    unique among those that existed; a line with one address does not go by its label to a server
    with another.
5.  D10 a tie is settled when exactly one candidate's own pending_charges equals the line's total,
    and no other line of the tie has that total;
    running lines that this does not settle are paired with the candidates that no line settled.
    A single resource has all lines of its label, also where several are running.
6.  D14 reasons: not_a_resource for Tax, Credits and Discounts and overage of Networking, which is
    the account's; destroyed for an unmatched hourly line that is not running (D24); no_match for
    the rest, overage of other services too.
7.  D12 ``compute_class``: a line has the class of its resource (backups of a GPU server are gpu);
    an unmatched Cloud Compute, Cloud GPU or Bare Metal line, destroyed or ambiguous alike, is in
    the group ``unknown``; every other unmatched line is unattributed.
8.  Resources without a region, plan or cluster are a group of their own, written here "(none)";
    the comparison accepts any name in parentheses.
9.  D13 "(untagged)" is every matched resource without a tag, of whatever kind; the tags of a
    Kubernetes node are its instance's and its pool's.
10. D8 ``billed`` prices are unit_price x C to the cent, half up; C there is the kind's usual one;
    add-ons are added to it, and backups are 20 % of the list price where there is one.
11. D8 "at its digits": within half a unit of the last digit, or a relative 1e-12 (floats).
12. D7 when both 672 and 730 reproduce a unit price, the kind's usual one.
13. A control plane that is not highly available costs 0 and is known.
14. D16 ``total_month_to_date`` and ``shown_month_to_date`` are lines only; a row's own
    pending_charges (source: resource) is in the row and in no sum. unattributed there is
    ambiguous plus no_match.
15. D17 "older than an hour": created before now minus one hour; suspended servers need no age.
16. D18 a megabyte is 10^6 bytes; "older than that span": created before the first of those days;
    at least ceil(days x 12 / 14) days in the map; status active; bare metal is judged too.
17. D20 a volume of a Kubernetes cluster that is attached to nothing is still a volume attached to
    nothing; a volume on a stopped but exempt server is still on a stopped server; only Snapshots
    (not block snapshots) are superseded, and only by a complete one.
18. D20 and D23 ``exempt`` counts what would have been found without the tag, nothing else.
19. ``min_monthly`` cuts the list and not the totals (totals cover every row, cut or not);
    unknown prices are in neither.
20. D28 ``hourly`` takes running hourly lines below their cap, matched or not.
21. ``query`` is a case-insensitive part of the line's description or of the matched resource's
    label, hostname, address or id; ``product`` is compared without case.
22. get_pending_charges: charges, credits, tax and by_product include the previous month's lines,
    as its total does (D5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from .matching import Match, match_all
from .months import lines_invoiced
from .outlook import Outlook
from .pricing import (
    BACKUPS,
    DDOS,
    Price,
    accrued,
    cap_for,
    default_cap,
    is_own_line,
    listed,
    price,
    to_cent,
)
from .reading import (
    COMPUTE_SERVICES,
    ZERO,
    Line,
    Resource,
    cents,
    is_previous,
    is_running,
    lines_of,
    money,
    resources_of,
)
from .steps import Steps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.double import Account

Expected: TypeAlias = dict[str, Any]

EXEMPT = {"keep", "cost-ignore"}
NONE = "(none)"
NO_PRODUCT = "(no product)"
UNTAGGED = "(untagged)"
SEVERAL = "(counted under several tags)"
REASONS = ("destroyed", "ambiguous", "no_match", "not_a_resource")
MEGABYTE = 10**6
STORAGE = {"Block Storage", "Object Storage", "File System", "Snapshots"}
CLUSTER_NAME = re.compile(r"a[0-9a-f]{31}")


@dataclass(frozen=True)
class Filters:
    """The filters of breakdown and resource list; AND, applied before grouping."""

    service: str | None = None
    region: str | None = None
    tag: str | None = None
    query: str | None = None
    kind: str | None = None
    untagged: bool = False


class Oracle:
    """The expected answers for one account at one instant."""

    def __init__(self, account: Account, now: datetime) -> None:
        """Take the wire rows; everything is worked out when asked for."""
        self.account = account
        self.now = now

    @cached_property
    def resources(self) -> list[Resource]:
        """Return the existing resources."""
        return resources_of(self.account)

    @cached_property
    def lines(self) -> list[Line]:
        """Every line, the previous month's included."""
        return lines_of(self.account)

    @cached_property
    def earlier(self) -> list[Line]:
        """Last month's lines that wait for their invoice (D5)."""
        return [line for line in self.lines if is_previous(line, self.now)]

    @cached_property
    def matches(self) -> list[Match]:
        """The current month's lines with their resources, those invoiced already last (D1)."""
        now = [line for line in self.lines if not is_previous(line, self.now)]
        now += lines_invoiced(self.account, self.now)
        return match_all(self.account, now, self.resources)

    @cached_property
    def month_to_date_total(self) -> Decimal:
        """D1: pending lines, and what is invoiced of this month already."""
        return _total(found.line for found in self.matches)

    @cached_property
    def invoiced_this_month(self) -> Decimal:
        """D1."""
        return _total(found.line for found in self.matches if found.line.invoiced)

    @cached_property
    def outlook(self) -> Outlook:
        """Return the total of the month."""
        return Outlook(self)

    @cached_property
    def prices(self) -> dict[str, Price]:
        """The price of each resource, by id."""
        return {
            resource.id: price(self.account, resource, self.matches, self.now)
            for resource in self.resources
        }

    def monthly(self, resource: Resource) -> str | None:
        """``monthly_cost`` as text; None when it is not known."""
        known = self.prices[resource.id].monthly
        return None if known is None else cents(known)

    def sum_monthly(self, resources: Iterable[Resource]) -> Decimal:
        """The sum of the known monthly costs."""
        return sum((self.prices[one.id].monthly or ZERO for one in resources), ZERO)

    def of(self, resource: Resource) -> list[Line]:
        """The current month's lines of a resource."""
        return [found.line for found in self.matches if found.resource == resource]

    def month_to_date(self, resource: Resource) -> str | None:
        """Its lines, or its own pending_charges when no line matches."""
        lines = self.of(resource)
        if lines:
            return cents(_total(lines))
        return None if resource.own is None else cents(resource.own)

    def pending(self, product: str | None = None) -> Expected:
        """``get_pending_charges``; ``difference`` and the previous month are never filtered."""
        lines = [line for line in self.lines if _is_product(line, product)]
        stated = money(self.account.account["pending_charges"])
        before = self.earlier
        return {
            **_sums(lines),
            "account_pending_charges": cents(stated),
            "difference": cents(stated - _total(self.lines)),
            "previous_month_unbilled": cents(_total(before)),
            "by_product": {
                name: {
                    "total": cents(_total(group)),
                    "services": sorted({line.service for line in group}),
                    "line_count": len(group),
                    "share_percent": _share(_total(group), lines),
                }
                for name, group in _grouped((line.product, line) for line in lines).items()
            },
        }

    def breakdown(self, group_by: str = "service", filters: Filters | None = None) -> Expected:
        """``breakdown_by_service`` of the current month."""
        kept = [found for found in self.matches if _passes(found, filters or Filters())]
        lines = [found.line for found in kept]
        named = [(name, found.line) for found in kept for name in _names(found, group_by)]
        if group_by == "tag":
            groups = _tag_groups(named)
        else:
            groups = {name: _total(group) for name, group in _grouped(named).items()}
        lost = [found for found in kept if not _names(found, group_by)]
        counts = {name: len(group) for name, group in _grouped(named).items()}
        return {
            **_sums(lines),
            "period_total": cents(_total(found.line for found in self.matches)),
            "groups": {name: cents(total) for name, total in groups.items()},
            "line_counts": counts,
            "shares": {name: _share(total, lines) for name, total in groups.items()},
            "untagged": cents(_total(found.line for found in kept if _is_untagged(found))),
            "unattributed": {
                "total": cents(_total(found.line for found in lost)),
                "lines": len(lost),
                "reasons": {
                    reason: cents(_total(one.line for one in lost if one.reason == reason))
                    for reason in REASONS
                },
            },
        }

    def is_stopped(self, resource: Resource) -> bool:
        """D17."""
        row = resource.row
        old = resource.created is not None and resource.created < self.now - timedelta(hours=1)
        return row.get("power_status") == "stopped" and row.get("status") == "active" and old

    def is_quiet(self, resource: Resource, days: int = 14, megabytes: int = 5) -> bool:
        """D18."""
        servers = ("instance", "gpu_instance", "bare_metal", "gpu_bare_metal")
        if resource.kind not in servers or resource.row.get("power_status") == "stopped":
            return False
        today = self.now.date()
        wanted = [(today - timedelta(days=back)).isoformat() for back in range(1, days + 1)]
        first = datetime.combine(today - timedelta(days=days), time(), self.now.tzinfo)
        used = self.account.bandwidth.get(resource.id, {})
        seen = [used[day]["outgoing_bytes"] for day in wanted if day in used]
        return (
            resource.row["status"] == "active"
            and resource.created is not None
            and resource.created < first
            and len(seen) >= -(-days * 12 // 14)
            and all(sent < megabytes * MEGABYTE for sent in seen)
        )

    def idle(self, quiet_days: int = 14, quiet_mb_per_day: int = 5) -> Expected:
        """``list_idle_instances``."""
        reasons: dict[str, str] = {}
        for one in self.resources:
            if self.is_stopped(one):
                reasons[one.id] = "stopped"
            elif one.row.get("status") == "suspended" and "power_status" in one.row:
                reasons[one.id] = "suspended"
            elif self.is_quiet(one, quiet_days, quiet_mb_per_day):
                reasons[one.id] = "quiet"
        found = [one for one in self.resources if one.id in reasons]
        shown = [one for one in found if not _is_exempt(one)]

        def of(reason: str) -> list[Resource]:
            return [one for one in shown if reasons[one.id] == reason]

        return {
            "instances": {
                one.id: {
                    "reason": reasons[one.id],
                    "monthly_cost": self.monthly(one),
                    "price_source": self.prices[one.id].source,
                    "month_to_date": self.month_to_date(one),
                }
                for one in shown
            },
            "stopped_monthly_cost": cents(self.sum_monthly(of("stopped"))),
            "quiet_monthly_cost": cents(self.sum_monthly(of("quiet"))),
            "exempt": self._exempt([one for one in found if _is_exempt(one)]),
        }

    def _exempt(self, resources: list[Resource]) -> Expected:
        return {"count": len(resources), "monthly_cost": cents(self.sum_monthly(resources))}

    def savings(self, min_monthly: Decimal = Decimal(1)) -> Expected:
        """The measured part of ``estimate_savings``, and investigations that must be there."""
        found = [one for one in self.resources if self._is_waste(one)]
        shown = [one for one in found if not _is_exempt(one)]
        kept = {
            one.id: monthly
            for one in shown
            if (monthly := self.prices[one.id].monthly) is not None and monthly >= min_monthly
        }
        total = self.sum_monthly(shown)
        return {
            "recommendations": {name: cents(monthly) for name, monthly in kept.items()},
            "below_minimum": len(shown) - len(kept),
            "total_monthly_savings": cents(total),
            "total_annual_savings": cents(to_cent(total) * 12),
            "investigations": sorted(
                one.id
                for one in self.resources
                if one not in found
                and not _is_exempt(one)
                and (self.prices[one.id].monthly or ZERO) >= max(min_monthly, Decimal("0.01"))
                and self._is_looked_at(one)
            ),
            "exempt": self._exempt([one for one in found if _is_exempt(one)]),
            **Steps(self).savings(shown),
        }

    def _is_waste(self, resource: Resource) -> bool:
        row = resource.row
        if resource.kind == "block_storage":
            stopped = {one.id for one in self.resources if self.is_stopped(one)}
            return row["attached_to_instance"] in {"", *stopped}
        if resource.kind == "reserved_ip":
            return bool(row["instance_id"] == "")
        if resource.kind == "load_balancer":
            return row["instances"] == [] and not resource.cluster
        if resource.kind == "file_system":
            return not self.account.vfs_attachments.get(resource.id)
        if resource.kind == "snapshot":
            return self._is_superseded(resource)
        return self.is_stopped(resource)

    def _serves_the_dead(self, resource: Resource) -> bool:
        """D20 as amended: attached only to what no list has, and nothing is so young."""
        row = resource.row
        if resource.kind == "block_storage":
            holders = [row["attached_to_instance"]]
        elif resource.kind == "reserved_ip":
            holders = [row["instance_id"]]
        elif resource.kind == "load_balancer":
            holders = [] if resource.cluster else row["instances"]
        elif resource.kind == "file_system":
            found = self.account.vfs_attachments.get(resource.id) or []
            holders = [one["target_id"] for one in found]
        else:
            return False
        living = {one.id for one in self.resources if one.id != resource.id}
        return bool(holders) and "" not in holders and not living & set(holders)

    @cached_property
    def _is_young(self) -> bool:
        """Return whether anything was created within the last hour."""
        hour = self.now - timedelta(hours=1)
        return any(one.created is not None and one.created > hour for one in self.resources)

    def _is_leftover(self, resource: Resource) -> bool:
        """D20 as amended: a balancer of a cluster that is no more."""
        named = CLUSTER_NAME.fullmatch(resource.label) is not None
        return resource.kind == "load_balancer" and named and not resource.cluster

    def _is_looked_at(self, resource: Resource) -> bool:
        """Return likely waste that one reading can show for sure."""
        dead = self._serves_the_dead(resource) and not self._is_young
        guessed = self.is_quiet(resource) or self._is_old_snapshot(resource)
        return guessed or dead or self._is_leftover(resource)

    def _is_superseded(self, resource: Resource) -> bool:
        created = resource.created
        return created is not None and any(
            other.kind == "snapshot"
            and other.label == resource.label
            and other.row["status"] == "complete"
            and other.created is not None
            and other.created > created
            for other in self.resources
        )

    def _is_old_snapshot(self, resource: Resource) -> bool:
        ninety = self.now - timedelta(days=90)
        created = resource.created
        return resource.kind == "snapshot" and created is not None and created < ninety

    def resource_costs(self, filters: Filters | None = None) -> Expected:
        """``list_resource_costs``; the reconciliation is the whole account's."""
        chosen = [one for one in self.resources if _chosen(one, filters or Filters())]
        ids = {one.id for one in chosen}
        shown = [found.line for found in self.matches if found.resource]
        mine = [found.line for found in self.matches if found.resource and found.resource.id in ids]
        lost = [found for found in self.matches if not found.resource]

        def because(*reasons: str) -> str:
            return cents(_total(found.line for found in lost if found.reason in reasons))

        return {
            "resources": {
                one.id: {
                    "kind": one.kind,
                    "label": one.label,
                    "region": one.region,
                    "plan": one.plan,
                    "tags": sorted(one.tags),
                    "cluster": one.cluster,
                    "monthly_cost": self.monthly(one),
                    "price_source": self.prices[one.id].source,
                    "month_to_date": self.month_to_date(one),
                }
                for one in chosen
            },
            "total_monthly_cost": cents(self.sum_monthly(chosen)),
            "total_month_to_date": cents(_total(mine)),
            "by_kind": {
                kind: (len(group), self.sum_monthly(group))
                for kind in {one.kind for one in chosen}
                if (group := [one for one in chosen if one.kind == kind])
            },
            "unpriced": sum(1 for one in chosen if self.prices[one.id].monthly is None),
            "reconciliation": {
                "bill_month_to_date": cents(_total(found.line for found in self.matches)),
                "shown_month_to_date": cents(_total(shown)),
                "destroyed_this_month": because("destroyed"),
                "not_resources": because("not_a_resource"),
                "unattributed": because("ambiguous", "no_match"),
            },
        }

    def overview(self) -> Expected:
        """The sums of ``get_cost_overview``."""
        hourly = sum((self._rate(found) for found in self.matches), ZERO)
        credit = self.outlook.credit()
        return {
            "month_to_date": cents(self.month_to_date_total),
            "invoiced_this_month": cents(self.invoiced_this_month),
            "projected_month_end": cents(self.outlook.projected),
            "run_rate": {
                "hourly": cents(hourly),
                "daily": cents(hourly * 24),
                "monthly": cents(self.sum_monthly(self.resources)),
            },
            "credit_left": credit["left_now"],
            "owed": cents(max(ZERO, self.outlook.balance)),
            "uninvoiced": cents(self.outlook.uninvoiced),
            "next_invoice": self.outlook.next_invoice(),
            "idle_monthly_cost": self.idle()["stopped_monthly_cost"],
            "savings_monthly": self.savings()["total_monthly_savings"],
            **Steps(self).overview(),
        }

    def metrics(self) -> Expected:
        """The record, as far as one reading of it is sure."""
        pending = [found.line for found in self.matches if not found.line.invoiced]
        servers = ("instance", "gpu_instance", "kubernetes_node")
        kinds = [one.kind for one in self.resources]
        stopped = [one for one in self.resources if self.is_stopped(one)]
        old = [one for one in self.resources if self._is_old_snapshot(one)]
        return {
            "cloud_provider": "vultr",
            "billing_period": f"{self.now:%Y-%m}",
            "account_balance": cents(self.outlook.balance),
            "pending_charges": cents(_total(pending)),
            "invoiced_this_month": cents(self.invoiced_this_month),
            "monthly_spend": cents(self.outlook.projected),
            "storage_cost": cents(_total(line for line in pending if line.service in STORAGE)),
            "instance_count": sum(kind in servers for kind in kinds),
            "bare_metal_count": sum(kind in ("bare_metal", "gpu_bare_metal") for kind in kinds),
            "idle_instances": len([one for one in stopped if not _is_exempt(one)]),
            "snapshot_waste": cents(self.sum_monthly(one for one in old if not _is_exempt(one))),
        }

    def _rate(self, found: Match) -> Decimal:
        line = found.line
        lines = [one.line for one in self.matches]
        if not is_running(line, lines) or line.total <= 0:
            return ZERO
        price = self.line_price(found)
        if price is None:
            return ZERO
        monthly, cap = price
        if accrued(monthly, line.units, cap) >= monthly or line.total >= monthly:
            return ZERO
        return monthly / cap

    def line_price(self, found: Match) -> tuple[Decimal, Decimal] | None:
        """D24: a running line's price a month and its C; None when nothing tells it."""
        line, resource = found.line, found.resource
        usual = default_cap(resource, line.service)
        base = self.prices[resource.id].base if resource and is_own_line(line) else None
        if line.unit_price is None:
            return None if base is None else (base, usual)
        if base is not None and (cap := cap_for(line.unit_price, base, usual)):
            return base, cap
        for add_on in self._add_on_prices(resource) if resource else ():
            if cap := cap_for(line.unit_price, add_on, usual):
                return add_on, cap
        return to_cent(line.unit_price * usual), usual

    def _add_on_prices(self, resource: Resource) -> list[Decimal]:
        """Return the price of an add-on's line: fixed, or a share of the list price."""
        list_price, _ = listed(self.account, resource)
        return [DDOS, *([] if list_price is None else [list_price * BACKUPS])]


def _total(lines: Iterable[Line]) -> Decimal:
    return sum((line.total for line in lines), ZERO)


def _sums(lines: list[Line]) -> Expected:
    taxes = [line for line in lines if line.service == "Tax"]
    others = [line for line in lines if line.service != "Tax"]
    return {
        "total": cents(_total(lines)),
        "charges": cents(_total(line for line in others if line.total > 0)),
        "credits_and_discounts": cents(_total(line for line in others if line.total < 0)),
        "tax": cents(_total(taxes)),
    }


def _share(part: Decimal, lines: list[Line]) -> float | None:
    charges = sum((line.total for line in lines if line.service != "Tax" and line.total > 0), ZERO)
    if charges == 0:
        return None
    return float((part * 100 / charges).quantize(Decimal("0.1"), rounding=ROUND_HALF_UP))


def _grouped(pairs: Iterable[tuple[str, Line]]) -> dict[str, list[Line]]:
    groups: dict[str, list[Line]] = {}
    for name, line in pairs:
        groups.setdefault(name, []).append(line)
    return groups


def _tag_groups(named: list[tuple[str, Line]]) -> dict[str, Decimal]:
    groups = {name: _total(group) for name, group in _grouped(named).items()}
    once = {line.number: line for _, line in named}
    twice = sum(groups.values(), ZERO) - _total(once.values())
    return {**groups, SEVERAL: -twice} if twice else groups


def _names(found: Match, group_by: str) -> list[str]:
    """The groups a line is counted in; none when it is unattributed."""
    resource = found.resource
    if group_by == "service":
        return [found.line.service]
    if group_by == "product":
        return [found.line.product or NO_PRODUCT]
    if resource is None:
        unknown = group_by == "compute_class" and found.line.service in COMPUTE_SERVICES
        return ["unknown"] if unknown else []
    if group_by == "tag":
        return list(resource.tags) or [UNTAGGED]
    one = {
        "region": resource.region,
        "plan": resource.plan,
        "cluster": resource.cluster,
        "compute_class": resource.compute_class,
        "resource": resource.name,
    }[group_by]
    return [one or NONE]


def _is_untagged(found: Match) -> bool:
    return found.resource is not None and not found.resource.tags


def _is_exempt(resource: Resource) -> bool:
    return bool(EXEMPT & set(resource.tags))


def _is_product(line: Line, product: str | None) -> bool:
    return product is None or line.product.lower() == product.lower()


def _passes(found: Match, filters: Filters) -> bool:
    resource, line = found.resource, found.line
    texts = [line.description, *(_texts(resource) if resource else [])]
    return (
        (filters.service is None or line.service.lower() == filters.service.lower())
        and (filters.region is None or (resource is not None and resource.region == filters.region))
        and (filters.tag is None or (resource is not None and filters.tag in resource.tags))
        and (filters.query is None or _holds(texts, filters.query))
    )


def _chosen(resource: Resource, filters: Filters) -> bool:
    return (
        (filters.kind is None or resource.kind == filters.kind)
        and (filters.region is None or resource.region == filters.region)
        and (filters.tag is None or filters.tag in resource.tags)
        and (filters.query is None or _holds(_texts(resource), filters.query))
        and (not filters.untagged or not resource.tags)
    )


def _texts(resource: Resource) -> list[str]:
    return [resource.label, resource.hostname, resource.address, resource.id]


def _holds(texts: list[str], query: str) -> bool:
    return any(query.lower() in text.lower() for text in texts)
