"""From wire rows to plain resources and lines, by the billing rules and nothing of the product."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.double import Account, Row

CENT = Decimal("0.01")
ZERO = Decimal(0)
GPU_TYPES = {"vcg", "vdm"}
SERVER_KINDS = {"instance", "gpu_instance", "bare_metal", "gpu_bare_metal", "kubernetes_node"}

# D11, in order, from the names of Vultr's products: the first group with a word in the text wins.
# A plural s is allowed.
SERVICES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Networking", ("overage", "bandwidth", "reserved ip", "nat gateway", "vpc", "ddos")),
    ("Backups", ("backup",)),
    ("Snapshots", ("snapshot",)),
    ("Bare Metal", ("bare metal",)),
    ("Cloud GPU", ("gpu",)),
    ("Kubernetes", ("kubernetes", "vke")),
    ("Managed Databases", ("database",)),
    ("Block Storage", ("block storage",)),
    ("Object Storage", ("object storage",)),
    ("File System", ("file system", "vfs", "storage gateway")),
    ("Load Balancers", ("load balancer",)),
    ("Container Registry", ("registry",)),
    ("CDN", ("cdn",)),
    ("Inference", ("inference",)),
    ("Support and Subscriptions", ("subscription", "support", "license")),
    ("Cloud Compute", ("compute", "instance")),
)
# Rules as published: an oracle that shared the product's lists would agree with a word lost there.
RULES = (Path(__file__).parents[2] / "docs/billing-rules.md").read_text("utf-8")


def _words(kind: str) -> frozenset[str]:
    """Return the words that D11 lists for tax or credit."""
    found = re.search(rf"[ ]of {kind}: ([a-z]+(?:, [a-z]+)*), (?:and any word|and the unit)", RULES)
    assert found is not None
    return frozenset(found[1].split(", "))


# D11: whole words of a product, or of the description of a line without one; plurals count.
TAXES = _words("tax") | {"taxes"}
TAX_ENDS = ("gst", "vat")
CREDITS = _words("credit")
OVERAGES = ("Object Storage", "CDN", "Inference")
HOURLY = frozenset({"hours", "hour", "hrs", "hr", "h"})
COMPUTE_SERVICES = {"Cloud Compute", "Cloud GPU", "Bare Metal"}


@dataclass(frozen=True)
class Line:
    """One line of the bill; ``invoiced`` is on an invoice of the running month already (D1)."""

    number: int
    description: str
    product: str
    unit_type: str
    units: Decimal
    unit_price: Decimal | None
    total: Decimal
    start: datetime | None
    end: datetime | None
    invoiced: bool = False

    @property
    def service(self) -> str:
        """D11."""
        return service_of(self.unit_type, self.product, self.description)

    @property
    def is_hourly(self) -> bool:
        """D24."""
        return is_hourly(self.unit_type)

    @property
    def is_overage(self) -> bool:
        """Use above what is included."""
        return self.unit_type.strip().lower() == "overage"


@dataclass(frozen=True)
class Resource:
    """One thing that exists now (D15)."""

    id: str
    kind: str
    label: str
    address: str
    hostname: str
    region: str
    plan: str
    plan_type: str
    tags: tuple[str, ...]
    created: datetime | None
    cluster: str
    own: Decimal | None
    row: Row
    states_672: bool = False

    @property
    def name(self) -> str:
        """Label, else address, else id."""
        return self.label or self.address or self.id

    @property
    def compute_class(self) -> str:
        """D12."""
        if self.kind in ("gpu_instance", "gpu_bare_metal", "gpu_cluster"):
            return "gpu"
        if self.kind == "kubernetes_node":
            return "gpu" if self.plan_type in GPU_TYPES else "cpu"
        return {"instance": "cpu", "bare_metal": "bare_metal"}.get(self.kind, "not_compute")


def is_hourly(unit_type: str) -> bool:
    """Return whether a unit type is an hour's, without case and spaces (D24)."""
    return "".join(unit_type.split()).lower() in HOURLY


@cache
def service_of(unit_type: str, product: str, description: str) -> str:
    """D11 as amended: tax, credit, overage, then the product, then the description."""
    kind = unit_type.strip().lower()
    outside = without_brackets(description)
    telling = product if product.strip() or is_hourly(unit_type) else outside
    if _is_tax(telling):
        return "Tax"
    if kind == "discount" or any(_has_word(telling, word) for word in CREDITS):
        return "Credits and Discounts"
    if kind == "overage":
        text = f"{product} | {outside}"
        return next((one for one in OVERAGES if _has_word(text, one.lower())), "Networking")
    return _service_in(product) or _service_in(outside) or "Other"


def _is_tax(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text.lower())
    return any(word in TAXES or word.endswith(TAX_ENDS) for word in words)


def _has_word(text: str, word: str) -> bool:
    return re.search(rf"\b{word}s?\b", text.lower()) is not None


def _service_in(text: str) -> str | None:
    for service, words in SERVICES:
        if any(_has_word(text, word) for word in words):
            return service
    return None


def without_brackets(description: str) -> str:
    """A description without what stands in brackets or parentheses."""
    opener = re.search(r"[\[(]", description)
    if opener is None:
        return description
    closer = {"[": "]", "(": ")"}[opener.group()]
    end = description.find(closer) if _is_memory(description) else description.rfind(closer)
    rest = description[end + 1 :] if end >= 0 else ""
    return description[: opener.start()] + without_brackets(rest)


def _is_memory(description: str) -> bool:
    opener = re.search(r"[\[(]", description)
    return bool(opener and re.match(r"\(\d+ MB\)", description[opener.start() :]))


def label_in(description: str) -> str:
    """The label of a description: from its first bracket to the last that closes it."""
    text = description
    if _is_memory(description):
        text = re.sub(r"\(\d+ MB\)", "", description, count=1)
    opener = re.search(r"[\[(]", text)
    if opener is None:
        return ""
    end = text.rfind({"[": "]", "(": ")"}[opener.group()])
    return text[opener.end() : end] if end > opener.start() else ""


def address_in(description: str) -> str:
    """The first IPv4 address outside brackets and parentheses, or nothing."""
    found = re.search(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", without_brackets(description))
    return found.group() if found and found.group() != "0.0.0.0" else ""  # noqa: S104 - "not yet"


def money(value: Any) -> Decimal:
    """A wire amount."""
    return Decimal(str(value))


def cents(amount: Decimal) -> str:
    """An amount as answers print it: two decimals, half up."""
    return f"{amount.quantize(CENT, rounding=ROUND_HALF_UP) + ZERO:.2f}"


def ceil_cent(amount: Decimal) -> Decimal:
    """Up to the cent."""
    return amount.quantize(CENT, rounding=ROUND_CEILING)


def instant(text: str) -> datetime:
    """A wire date; without an offset it is UTC (D5)."""
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def month_start(now: datetime) -> datetime:
    """00:00 UTC on the 1st."""
    return now.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def lines_of(account: Account) -> list[Line]:
    """Every pending line of the reading."""
    return [line_of(number, row) for number, row in enumerate(account.pending)]


def line_of(number: int, row: Row, *, invoiced: bool = False) -> Line:
    """A wire line; what is missing or empty is not known."""
    price, start, end = row.get("unit_price"), row.get("start_date"), row.get("end_date")
    return Line(
        number=number,
        description=row["description"],
        product=row["product"],
        unit_type=row["unit_type"],
        units=money(row["units"]),
        unit_price=None if price in (None, "") else money(price),
        total=money(row["total"]),
        start=instant(start) if start else None,
        end=instant(end) if end else None,
        invoiced=invoiced,
    )


def is_previous(line: Line, now: datetime) -> bool:
    """D5: ends at or before 00:00 on the 1st."""
    return line.end is not None and line.end <= month_start(now)


def is_running(line: Line, lines: list[Line]) -> bool:
    """D24: an hourly line that ends within two hours of the newest end, or says no end."""
    if line.invoiced or not line.is_hourly:
        return False
    ends = [other.end for other in lines if other.end is not None and not other.invoiced]
    return line.end is None or line.end >= max(ends) - timedelta(hours=2)


def plan_types(account: Account) -> dict[str, str]:
    """Plan id to its type."""
    return {plan["id"]: plan["type"] for plan in account.plans}


def is_gpu_plan(plan: Row | None, plan_id: str) -> bool:
    """Most certain first."""
    if plan is None:
        return plan_id.startswith("vcg-") or (plan_id.startswith("vbm-") and "-gpu" in plan_id)
    brand = str(plan.get("gpu_brand") or "none").lower()
    if brand != "none" or plan.get("gpu_type") or plan.get("gpu_vram_gb"):
        return True
    return plan.get("type") in GPU_TYPES


def resources_of(account: Account) -> list[Resource]:
    """Everything that exists now, a Kubernetes node once (D15)."""
    nodes = {node["id"] for *_, node in _nodes(account)}
    found = [_server(account, row) for row in account.instances if row["id"] not in nodes]
    found += [_metal(account, row) for row in account.bare_metals]
    found += [_node(account, *triple) for triple in _nodes(account)]
    found += [_plain("kubernetes_control_plane", row, address=row["ip"], cluster=row["label"])
              for row in account.vke_clusters]  # fmt: skip
    owners = _owners(account)
    found += [_plain("block_storage", row, cluster=owners.get(row["id"], ""))
              for row in account.blocks]  # fmt: skip
    found += [_plain("load_balancer", row, address=row["ipv4"], cluster=owners.get(row["id"], ""))
              for row in account.load_balancers]  # fmt: skip
    found += [_plain("object_storage", row) for row in account.object_storages]
    found += [_gateway(vpc, row) for vpc in account.vpcs
              for row in account.nat_gateways.get(vpc["id"], [])]  # fmt: skip
    found += [_plain("reserved_ip", row, address=row["subnet"]) for row in account.reserved_ips]
    found += [_plain("snapshot", row, label=row["description"]) for row in account.snapshots]
    found += [_plain("block_snapshot", row, label=row["description"])
              for row in account.block_snapshots]  # fmt: skip
    found += [_plain("database", row) for row in account.databases]
    found += [_plain("file_system", row) for row in account.vfs]
    return found


def _nodes(account: Account) -> Iterator[tuple[Row, Row, Row]]:
    for cluster in account.vke_clusters:
        for pool in cluster["node_pools"]:
            for node in pool["nodes"]:
                yield cluster, pool, node


def _owners(account: Account) -> dict[str, str]:
    return {
        owned["id"]: cluster["label"]
        for cluster in account.vke_clusters
        for rows in account.cluster_resources.get(cluster["id"], {}).values()
        for owned in rows
    }


def _server(account: Account, row: Row) -> Resource:
    plan = next((plan for plan in account.plans if plan["id"] == row["plan"]), None)
    kind = "gpu_instance" if is_gpu_plan(plan, row["plan"]) else "instance"
    plan_type = plan["type"] if plan else ""
    made = _plain(kind, row, address=row["main_ip"], plan_type=plan_type)
    return replace(made, states_672=states_672(plan))


def states_672(plan: Row | None) -> bool:
    """D7 as amended: 672 times the hourly cost of a plan is its monthly price exactly."""
    if plan is None:
        return False
    return money(plan.get("hourly_cost", 0)) * 672 == money(plan["monthly_cost"])


def _metal(account: Account, row: Row) -> Resource:
    plan = next((plan for plan in account.plans_metal if plan["id"] == row["plan"]), None)
    kind = "gpu_bare_metal" if is_gpu_plan(plan, row["plan"]) else "bare_metal"
    return _plain(kind, row, address=row["main_ip"])


def _gateway(vpc: Row, row: Row) -> Resource:
    addresses: list[str] = row["public_ips"]
    address = addresses[0] if addresses else ""
    return _plain("nat_gateway", {**row, "region": vpc["region"]}, address=address)


def _node(account: Account, cluster: Row, pool: Row, node: Row) -> Resource:
    listed = next((row for row in account.instances if row["id"] == node["id"]), {})
    tags = [*(listed.get("tags") or []), *([pool["tag"]] if pool["tag"] else [])]
    merged = {
        **node,
        "region": cluster["region"],
        "plan": pool["plan"],
        "tags": tags,
        "hostname": listed.get("hostname", ""),
        "pending_charges": listed.get("pending_charges"),
    }
    plan = next((plan for plan in account.plans if plan["id"] == pool["plan"]), None)
    made = _plain(
        "kubernetes_node",
        merged,
        address=listed.get("main_ip", ""),
        plan_type=plan_types(account).get(pool["plan"], ""),
        cluster=cluster["label"],
    )
    return replace(made, states_672=states_672(plan))


def _plain(
    kind: str,
    row: Row,
    *,
    label: str | None = None,
    address: str = "",
    plan_type: str = "",
    cluster: str = "",
) -> Resource:
    own = row.get("pending_charges")
    if kind in ("file_system", "nat_gateway"):
        own = (row.get("billing") or {}).get("charges")
    created = row.get("date_created") or row.get("added_at")
    return Resource(
        id=row["id"],
        kind=kind,
        label=row["label"] if label is None else label,
        address=address,
        hostname=row.get("hostname", ""),
        region=row.get("region", "").lower(),
        plan=row.get("plan", ""),
        plan_type=plan_type,
        tags=_tags(row),
        created=instant(created) if created else None,
        cluster=cluster,
        own=None if own is None else money(own),
        row=row,
    )


def _tags(row: Row) -> tuple[str, ...]:
    single = [row["tag"]] if row.get("tag") else []
    return tuple(dict.fromkeys([*(row.get("tags") or []), *single]))
