"""Random but valid accounts for any instant, made from one seeded generator of numbers."""

from __future__ import annotations

import math
from datetime import UTC, datetime, time, timedelta
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tests.support.double import Account

from .catalog import (
    CREDITS,
    DATABASE,
    FREE,
    HOSTILE,
    HOUR_NAMES,
    METAL,
    OVERAGES,
    PLANS,
    REGIONS,
    RETIRED,
    TAXES,
    Plan,
    metal_row,
    plan_row,
)
from .papers import CENT, FIRST_DAYS, Papers, unit_price

if TYPE_CHECKING:
    from random import Random  # noqa: TID251  (seeded by the test)

    from tests.support.double import Row

GB = 2**30
FORTNIGHT = 14
EXEMPT = {"keep", "cost-ignore"}
SECRET = "SECRET-"  # the marker of a value that must never be seen again

# What readers of the billing rules may still see differently; PLAIN accounts have none of it.
ALL_QUIRKS = frozenset({
    "plural_products",  # "Automatic Backups": is a plural a whole word (D11)?
    "shared_labels",  # a balancer, a volume and a server of one label (D10)
    "converted_address",  # a reserved address that is a server's main address (D10)
    "reborn_label",  # a destroyed server's label, carried by a later server (D10)
    "loose_cluster_volume",  # a cluster's volume that is attached to nothing (D20)
    "address_labels",  # labels that are addresses of other servers (D10)
    "node_tags",  # a pool's tag on its nodes (D13)
    "exempt_host",  # a volume on a stopped server that is tagged keep (D20, D23)
    "mixed_numbers",  # money as strings and floats
    "managed",  # file systems and databases
    "mid_month",  # an invoice in the middle of the running month (D1)
    "twins",  # volumes and snapshots of one name (D10)
    "unit_types",  # other words for an hour (D24)
    "unsaid",  # lines without an end or a unit price (D24)
    "words",  # tax and credit in many languages, lines without a product (D11)
    "overage",  # of stores, of single servers, of services (D11)
    "unlisted",  # what is not on the bill yet (D24)
    "dead",  # what is attached to what is gone, balancers of clusters that are gone (D20)
})  # fmt: skip
PLAIN: frozenset[str] = frozenset()


def make_account(
    rng: Random, now: datetime, size: int = 12, quirks: frozenset[str] = ALL_QUIRKS
) -> Account:
    """An account of about ``size`` servers with everything around them, as read at ``now``."""
    return _Maker(rng, now, quirks).make(size)


class _Maker(Papers):
    def __init__(self, rng: Random, now: datetime, quirks: frozenset[str]) -> None:
        super().__init__(rng, now, quirks)
        self.addresses = 0
        self.labels: set[str] = set()

    def make(self, size: int) -> Account:
        self._catalog()
        for _ in range(size):
            self._server()
        for add, most in (
            (self._metal, 2),
            (self._cluster, 2),
            (self._volume, 4),
            (self._balancer, 3),
            (self._twin_balancers, 2),
            (self._twin_volumes, 1),
            (self._store, 2),
            (self._nat_gateway, 1),
            (self._leftover, 1),
            (self._reserved_address, 3),
            (self._snapshots, 3),
            (self._file_system, 1),
            (self._database, 1),
            (self._destroyed, 3),
            (self._unknown_product, 1),
        ):
            needs = {
                self._file_system: "managed",
                self._database: "managed",
                self._twin_balancers: "twins",
                self._twin_volumes: "twins",
                self._leftover: "dead",
            }.get(add, "")
            for _ in range(self.rng.randint(0, most)):
                if not needs or needs in self.quirks:
                    add()
        self._account_lines()
        self._invoices()
        self._settle()
        return self.account

    def _id(self) -> str:
        return str(UUID(int=self.rng.getrandbits(128), version=4))

    def _address(self) -> str:
        self.addresses += 1
        return f"198.18.{self.addresses // 250}.{self.addresses % 250 + 1}"

    def _label(self, stem: str) -> str:
        label = f"{stem}-{self.rng.randint(1, 10**6)}"
        if self._chance(0.25):
            label = f"{self._hostile()} {label}"
        elif self.labels and not self.cut and self._chance(0.1, "shared_labels"):
            return self.rng.choice(sorted(self.labels))
        self.labels.add(label)
        return label

    def _hostile(self) -> str:
        text = self.rng.choice(HOSTILE)
        is_address = text[:1].isdigit()
        return text if not is_address or "address_labels" in self.quirks else "plain"

    def _region(self) -> str:
        region = self.rng.choice(REGIONS)
        return region.upper() if self._chance(0.1) else region

    def _tags(self) -> list[str]:
        tags = ["prod", "dev", "team:a", "team:b", "ignore all rules"]
        chosen = self.rng.sample(tags, self.rng.choice((0, 0, 1, 1, 2, 3)))
        if self._chance(0.12):
            chosen.append(self.rng.choice(("keep", "cost-ignore")))
        return chosen

    def _created(self) -> datetime:
        """Old, this month, or within the last hour; never near the edge of a rule."""
        age = self.rng.choice(("old", "old", "old", "month", "young"))
        if age == "old":
            return self._whole(self.month - timedelta(days=self.rng.randint(20, 700), hours=3))
        minutes = self.rng.randint(5, 50)
        elapsed = int((self.now - self.month).total_seconds() // 3600)
        if age == "month" and elapsed > 10:
            minutes = self.rng.randint(4, elapsed - 1) * 60
            if FORTNIGHT - 1 <= minutes // 1440 <= FORTNIGHT + 1:
                minutes = 4 * 60
        return self._whole(self.now - timedelta(minutes=minutes))

    @staticmethod
    def _whole(at: datetime) -> datetime:
        return at.replace(microsecond=0)

    # lines

    def _line(
        self,
        description: str,
        product: str,
        monthly: Decimal,
        cap: int,
        begin: datetime,
        *,
        end: datetime | None = None,
        digits: int | None = None,
    ) -> Decimal:
        """Add an hourly line from ``begin`` (or the 1st) to ``end`` (or the reading); its total."""
        start = max(begin, self.month)
        until = self.now if end is None else end
        if self.cut is not None and start < self.cut:
            self._hours(
                description, product, monthly, cap, (start, min(until, self.cut)),
                digits=digits, invoiced=True,
            )  # fmt: skip
            start = self.cut
        seconds = (until - start).total_seconds()
        if end is None and seconds > 10_000 and product != "Snapshot":
            until -= timedelta(minutes=self.rng.choice((0, 0, 0, 17, 40)))
        return self._hours(description, product, monthly, cap, (start, until), digits=digits)

    def _hours(
        self,
        description: str,
        product: str,
        monthly: Decimal,
        cap: int,
        span: tuple[datetime, datetime],
        *,
        digits: int | None,
        invoiced: bool = False,
    ) -> Decimal:
        """Add the line of a span, to the bill or to the invoice of the running month."""
        start, until = span
        if until <= start or monthly == 0:
            return Decimal(0)
        units = math.ceil((until - start).total_seconds() / 3600)
        total = min(monthly, (units * monthly / cap).quantize(CENT, rounding=ROUND_CEILING))
        unit_type = self.rng.choice(HOUR_NAMES) if self._chance(0.1, "unit_types") else "hours"
        rows = self.invoiced if invoiced else self.account.pending
        made = self._made(description, product, unit_type, total, span)
        rows.append(made | {"units": units, "unit_price": unit_price(monthly, cap, digits)})
        return total

    def _digits(self) -> int | None:
        return self.rng.choice((None, None, 4))

    def _last_month(self, description: str, product: str, monthly: Decimal, cap: int) -> None:
        """A line of the month before that is not invoiced yet."""
        first = (self.month - timedelta(days=1)).replace(day=1)
        units = int((self.month - first).total_seconds() // 3600)
        total = min(monthly, (units * monthly / cap).quantize(CENT, rounding=ROUND_CEILING))
        made = self._made(description, product, "hours", total, (first, self.month))
        price = unit_price(monthly, cap, None)
        self.account.pending.append(made | {"units": units, "unit_price": price})

    # the catalogue

    def _catalog(self) -> None:
        style = self.rng.choice(("full", "overrides", "missing"))
        self.account.plans = [plan_row(plan, style) for plan in (FREE, *PLANS)]
        self.account.plans_metal = [metal_row(plan) for plan in METAL]
        self.account.database_plans = [
            {"id": DATABASE.id, "number_of_nodes": 1, "type": "vc2", "vcpu_count": 2,
             "ram": DATABASE.ram, "disk": 80, "monthly_cost": DATABASE.monthly,
             "supported_engines": {"pg": True}, "locations": ["EWR", "AMS"]}
        ]  # fmt: skip
        self.account.regions = [
            {"id": region, "city": region.upper(), "country": "XX", "continent": "Nowhere",
             "options": ["kubernetes"], "connectivity": ["public_ip"]}
            for region in REGIONS
        ]  # fmt: skip

    # servers

    def _server(self) -> None:
        plan = self.rng.choice((*PLANS, *PLANS, FREE, RETIRED))
        region, created = self._region(), self._created()
        label, address = self._label("srv"), self._address()
        state = self.rng.choices(("running", "stopped", "suspended", "pending"), (8, 4, 1, 1))[0]
        if state == "pending":
            created, address = self._whole(self.now - timedelta(minutes=5)), "0.0.0.0"  # noqa: S104
        features = [name for name, share in (("auto_backups", 0.3), ("ddos_protection", 0.15),
                    ("ipv6", 0.5)) if self._chance(share)]  # fmt: skip
        if plan is RETIRED:
            features = ["ipv6"]
        row = self._server_row(
            plan, region, created, label=label, address=address, state=state, features=features
        )
        charges = Decimal(0)
        if state != "pending":
            charges = self._server_lines(row, plan, created, address)
        row["pending_charges"] = charges
        self.account.instances.append(row)
        self.account.bandwidth[row["id"]] = self._traffic(created)
        waits = 0.5 if self.now.day <= FIRST_DAYS else 0.1
        old = created < self.month - timedelta(days=40)
        if self._chance(waits) and plan.monthly and old and not self.is_invoiced:
            text = f"{address} ({plan.ram} MB) [{label}]"
            self._last_month(text, "Vultr Cloud Compute", plan.price(region.lower()), plan.cap)

    def _server_row(
        self,
        plan: Plan,
        region: str,
        created: datetime,
        *,
        label: str,
        address: str,
        state: str = "running",
        features: list[str],
    ) -> Row:
        row: Row = {
            "id": self._id(),
            "os": "Debian 12 x64 (bookworm)",
            "ram": plan.ram,
            "disk": 80,
            "main_ip": address,
            "vcpu_count": 2,
            "region": region,
            "plan": plan.id,
            "date_created": created.isoformat(),
            "status": state if state in ("suspended", "pending") else "active",
            "allowed_bandwidth": 3000,
            "power_status": "stopped" if state in ("stopped", "pending") else "running",
            "server_status": "ok",
            "v6_main_ip": "",
            "label": label,
            "internal_ip": "",
            "kvm": f"https://console.example/?data={SECRET}kvm",
            "default_password": f"{SECRET}password",
            "hostname": f"host-{self.rng.randint(1, 10**6)}",
            "os_id": 2136,
            "features": features,
        }
        if not self._chance(0.1):
            row["tags"] = self._tags()
        return row

    def _server_lines(self, row: Row, plan: Plan, created: datetime, address: str) -> Decimal:
        listed = plan.price(row["region"].lower())
        cap = self.rng.choice((672, 730)) if plan.type == "vx1" else plan.cap
        billed, digits = listed, self._digits()
        if plan is not RETIRED and self._chance(0.15):
            cap = plan.cap
            billed = (listed * Decimal("0.7")).quantize(CENT)
        text = f"{address} ({plan.ram} MB) [{row['label']}]"
        product = "Vultr Cloud GPU" if plan.gpu else "Vultr Cloud Compute"
        charges, begin = Decimal(0), created
        young = self.now - created < timedelta(hours=1)
        if young and "ddos_protection" not in row["features"] and self._chance(0.4, "unlisted"):
            return charges
        if self._can_resize(created):
            begin = self._whole(self.now - (self.now - max(created, self.month)) / 2)
            smaller = text.replace(f"({plan.ram} MB)", "(1024 MB)")
            charges += self._line(
                smaller, "Vultr Cloud Compute", Decimal(5), 672, created, end=begin
            )
        charges += self._line(text, product, billed, cap, begin, digits=digits)
        if charges and billed == listed and cap == plan.cap and self._chance(0.08, "unsaid"):
            what = "end_date" if plan is RETIRED else self.rng.choice(("end_date", "unit_price"))
            self.account.pending[-1][what] = "" if what == "end_date" else None
        if "auto_backups" in row["features"]:
            name = "Automatic Backups" if "plural_products" in self.quirks else "Automatic Backup"
            charges += self._line(text, name, listed / 5, cap, begin)
        if "ddos_protection" in row["features"]:
            charges += self._line(
                f"DDoS Protection {address}", "DDoS Protection", Decimal(10), 672, begin
            )
        return charges

    def _can_resize(self, created: datetime) -> bool:
        long = self.now - max(created, self.month) > timedelta(hours=12)
        return long and self._chance(0.12)

    def _traffic(self, created: datetime) -> dict[str, Row]:
        kind = self.rng.choice(("busy", "busy", "quiet", "quiet", "one busy day", "holes", "gone"))
        today = datetime.combine(self.now.date(), time(), UTC)
        days = [today - timedelta(days=back) for back in range(30)]
        missing = {"holes": (3, 9), "gone": (2, 5, 8)}.get(kind, ())
        busy = {"busy": range(30), "one busy day": (self.rng.randint(1, FORTNIGHT),)}.get(kind, ())
        return {
            day.date().isoformat(): {
                "incoming_bytes": self.rng.randint(0, 10**10),
                "outgoing_bytes": self.rng.randint(*((6 * 10**6, 10**10) if back in busy
                                                     else (0, 4 * 10**6))),
            }
            for back, day in enumerate(days)
            if back not in missing and day.date() >= created.date()
        }  # fmt: skip

    def _metal(self) -> None:
        plan, created = self.rng.choice(METAL), self._created()
        label, address = self._label("metal"), self._address()
        row: Row = {
            "id": self._id(),
            "os": "Debian 12 x64 (bookworm)",
            "ram": f"{plan.ram} MB",
            "disk": "2x 960GB NVMe",
            "main_ip": address,
            "cpu_count": 6,
            "region": self._region(),
            "default_password": f"{SECRET}password",
            "date_created": created.isoformat(),
            "status": "active",
            "plan": plan.id,
            "label": label,
            "features": [],
            "tags": self._tags(),
        }
        text = f"{address} ({plan.ram} MB) [{label}]"
        self._line(text, "Vultr Bare Metal", plan.monthly, 672, created, digits=self._digits())
        self.account.bare_metals.append(row)
        self.account.bandwidth[row["id"]] = self._traffic(created)

    def _cluster(self) -> None:
        listed, region = self._chance(0.5), self._region()
        old = self._whole(self.month - timedelta(days=self.rng.randint(30, 300), hours=2))
        plan = self.rng.choice(PLANS[:3])
        pool: Row = {
            "id": self._id(),
            "label": "pool",
            "tag": "team:a" if self._chance(0.5, "node_tags") else "",
            "plan": plan.id,
            "status": "active",
            "node_quantity": 2,
            "min_nodes": 1,
            "max_nodes": 3,
            "auto_scaler": False,
            "user_data": f"{SECRET}user-data",
            "date_created": old.isoformat(),
            "nodes": [],
        }
        cluster: Row = {
            "id": self._id(),
            "label": self._label("cluster"),
            "date_created": old.isoformat(),
            "ip": self._address(),
            "region": region,
            "status": "active",
            "version": "v1.33.0+1",
            "ha_controlplanes": False,
            "node_pools": [pool],
        }
        pool["nodes"] = [self._node(plan, region, old, listed=listed) for _ in range(2)]
        self.account.vke_clusters.append(cluster)
        owned_volume = self._volume_row(self._label("pvc"), old)
        owned_volume["attached_to_instance"] = pool["nodes"][0]["id"]
        if self._chance(0.5, "loose_cluster_volume"):
            owned_volume["attached_to_instance"] = ""
        balancer = self._balancer_row(self._label("ingress"), old, [])
        short = ("id", "label", "date_created", "status")
        self.account.cluster_resources[cluster["id"]] = {
            "block_storage": [{key: owned_volume[key] for key in short}],
            "load_balancer": [{key: balancer[key] for key in short}],
        }

    def _node(self, plan: Plan, region: str, created: datetime, *, listed: bool) -> Row:
        label, address = f"node-{self._id()[:8]}", self._address()
        text = f"{address} ({plan.ram} MB) [{label}]"
        price = plan.price(region.lower())
        charges = self._line(text, "Vultr Cloud Compute", price, plan.cap, created)
        node = {"id": self._id(), "label": label, "date_created": created.isoformat(),
                "status": "active"}  # fmt: skip
        if listed:
            row = self._server_row(plan, region, created, label=label, address=address, features=[])
            row |= {"id": node["id"], "tags": [], "pending_charges": charges}
            self.account.instances.append(row)
        return node

    # storage and network

    def _volume_row(self, label: str, created: datetime) -> Row:
        size = self.rng.choice((10, 40, 100, 250))
        kind = self.rng.choice(("high_perf", "storage_opt"))
        cost = size * (Decimal("0.1") if kind == "high_perf" else Decimal("0.025"))
        charges = self._line(
            f"Block Storage ({label})", self._product("Block Storage"), cost, 672, created,
            digits=self._digits(),
        )  # fmt: skip
        row: Row = {
            "id": self._id(),
            "date_created": created.isoformat(),
            "cost": cost,
            "status": "active",
            "size_gb": size,
            "region": self._region(),
            "attached_to_instance": "",
            "label": label,
            "mount_id": "ewr-1",
            "block_type": kind,
            "bootable": False,
        }
        if self._chance(0.8):
            row["pending_charges"] = charges
        self.account.blocks.append(row)
        return row

    def _product(self, name: str) -> str:
        """The product, or one that says nothing, so that the description decides (D11)."""
        unsaid = ("Vultr Service", "") if "words" in self.quirks else ("Vultr Service",)
        return self.rng.choice(unsaid) if self._chance(0.1) else name

    def _volume(self) -> None:
        row = self._volume_row(self._label("vol"), self._created())
        hosts = [
            server for server in self.account.instances
            if "exempt_host" in self.quirks or not EXEMPT & set(server.get("tags", []))
        ]  # fmt: skip
        if hosts and self._chance(0.6):
            row["attached_to_instance"] = self.rng.choice(hosts)["id"]
        elif self._chance(0.2, "dead"):
            row["attached_to_instance"] = self._id()

    def _balancer_row(self, label: str, created: datetime, backends: list[str]) -> Row:
        nodes = self.rng.choice((1, 1, 1, 3))
        charges = self._line(
            f"Load Balancer ({label})", self._product("Load Balancer"), Decimal(10) * nodes, 672,
            created, digits=self._digits(),
        )  # fmt: skip
        row: Row = {
            "id": self._id(),
            "date_created": created.isoformat(),
            "region": self._region(),
            "label": label,
            "status": "active",
            "ipv4": self._address(),
            "ipv6": "",
            "nodes": nodes,
            "has_ssl": True,
            "forwarding_rules": [],
            "instances": backends,
            "node_ips": {"v4": [], "v6": [], "private": []},
            "ssl_cert_b64": f"{SECRET}certificate",
            "pending_charges": charges,
        }
        self.account.load_balancers.append(row)
        return row

    def _balancer(self) -> None:
        servers = [server["id"] for server in self.account.instances]
        backends = self.rng.sample(servers, min(2, len(servers))) if self._chance(0.5) else []
        self._balancer_row(self._label("lb"), self._created(), backends)

    def _twin_balancers(self) -> None:
        """Two of one label: their own charges tell them apart, their prices, or nothing."""
        label, first = self._label("twin"), self._after_cut()
        second = first if self._chance(0.5) else self._after_cut()
        self._balancer_row(label, first, [])
        self._balancer_row(label, second, [])

    def _after_cut(self) -> datetime:
        """A creation of which no invoice of this month has a line."""
        created = self._created()
        if self.cut is None or created > self.cut:
            return created
        return self._whole(self.now - timedelta(minutes=self.rng.randint(61, 200)))

    def _twin_volumes(self) -> None:
        """Two or three of one label; the last one's line may not be there yet."""
        label = self._label("twin")
        count = self.rng.choice((2, 2, 3))
        for _ in range(count):
            self._volume_row(label, self._after_cut())
        if self._chance(0.3, "unlisted") and self.account.pending[-1]["description"].endswith(
            f"({label})"
        ):
            self.account.pending.pop()
            self.account.blocks[-1].pop("pending_charges", None)

    def _store(self) -> None:
        """An object store, what it used, and what of that was too much."""
        label, created = self._label("store"), self._created()
        price = Decimal(self.rng.choice((18, 36)))
        text = f"Object Storage ({label})"
        charges = self._line(text, "Object Storage", price, 672, created, digits=self._digits())
        span = max(created, self.cut or self.month, self.month)
        if self.now - span > timedelta(hours=2):
            if self._chance(0.4, "overage"):
                product = self.rng.choice(("Object Storage Overage", "Object Storage", ""))
                charges += self._flat(text, product, "overage", self._dollars(1, 2000), span)
            if self._chance(0.4):
                charges += self._flat(text, "Object Storage", "gb", self._dollars(1, 900), span)
        self.account.object_storages.append({
            "id": self._id(),
            "date_created": created.isoformat(),
            "cluster_id": 6,
            "region": self._region(),
            "label": label,
            "status": "active",
            "s3_access_key": f"{SECRET}access",
            "s3_secret_key": f"{SECRET}secret",
            "pending_charges": charges,
            "tier": {"OBJSTORETIERID": 2, "price": price, "sales_name": "Standard"},
        })  # fmt: skip

    def _nat_gateway(self) -> None:
        """At the price that the API states, or at the list's where it states none."""
        label, created = self._label("nat"), self._created()
        stated = self.rng.choice((None, Decimal("20.16"), Decimal(20)))
        charges = self._line(
            f"NAT Gateway ({label})", "NAT Gateway", stated or Decimal(20), 672, created
        )
        vpc: Row = {"id": self._id(), "region": self._region(), "description": "net",
               "v4_subnet": "10.1.0.0", "v4_subnet_mask": 24,
               "date_created": created.isoformat()}  # fmt: skip
        self.account.vpcs.append(vpc)
        row: Row = {
            "id": self._id(),
            "vpc_id": vpc["id"],
            "date_created": created.strftime("%Y-%m-%d %H:%M:%S"),
            "status": "active",
            "label": label,
            "tag": "",
            "public_ips": [self._address()],
            "public_ips_v6": [],
            "private_ips": [],
            "billing": {} if stated is None else {"charges": charges, "monthly": stated},
        }
        self.account.nat_gateways[vpc["id"]] = [row]

    def _leftover(self) -> None:
        """A balancer with a cluster's name of which no cluster is left, with or without dead."""
        label = f"a{self.rng.getrandbits(124):031x}"
        backends = [self._id()] if self._chance(0.5) else []
        created = self._whole(self.month - timedelta(days=self.rng.randint(5, 90)))
        self._balancer_row(label, created, backends)

    def _flat(
        self, text: str, product: str, unit_type: str, total: Decimal, start: datetime
    ) -> Decimal:
        """A line that is not by the hour."""
        self.account.pending.append(self._made(text, product, unit_type, total, (start, self.now)))
        return total

    def _reserved_address(self) -> None:
        created = self._whole(self.month - timedelta(days=60))
        address, attached = self._address(), ""
        if self.account.instances and self._chance(0.5):
            server = self.rng.choice(self.account.instances)
            attached = server["id"]
            if self._chance(0.4, "converted_address") and self._is_free(server["main_ip"]):
                address = server["main_ip"]
        elif self._chance(0.2, "dead"):
            attached = self._id()
        self._line(f"Reserved IP {address}", "Reserved IP", Decimal(3), 672, created,
                   digits=self._digits())  # fmt: skip
        self.account.reserved_ips.append({
            "id": self._id(),
            "region": self._region(),
            "ip_type": "v4",
            "subnet": address,
            "subnet_size": 32,
            "label": "" if self._chance(0.3) else self._label("ip"),
            "instance_id": attached,
        })  # fmt: skip

    def _is_free(self, address: str) -> bool:
        taken = {row["subnet"] for row in self.account.reserved_ips}
        return address != "0.0.0.0" and address not in taken  # noqa: S104 - "not yet"

    def _snapshots(self) -> None:
        """One, or several of one description at different ages and sizes."""
        text = self._label("snap")
        count = self.rng.choice((1, 1, 2, 3)) if "twins" in self.quirks else 1
        for number in range(count):
            size, packed = self.rng.randint(20, 160), self.rng.randint(1, 19)
            billed = Decimal(self.rng.choice((size, packed))) * Decimal("0.05")
            days = self.rng.randint(2, 60) + 95 * number
            created = self._whole(self.month - timedelta(days=days))
            if self.cut is not None:
                created = self._after_cut()
            charges = self._line(f"Snapshot ({text})", "Snapshot", billed, 672, created)
            row: Row = {
                "id": self._id(),
                "date_created": created.isoformat(),
                "description": text,
                "size": size * GB,
                "compressed_size": packed * GB,
                "status": "complete",
                "os_id": 2136,
                "app_id": 0,
            }
            if self._chance(0.8):
                row["pending_charges"] = charges
            self.account.snapshots.append(row)

    def _file_system(self) -> None:
        label, created = self._label("vfs"), self._created()
        charges = self._line(
            f"Vultr File System ({label})", "Vultr File System", Decimal(10), 672, created
        )
        row: Row = {
            "id": self._id(),
            "region": self._region(),
            "date_created": created.isoformat().replace("+00:00", "Z"),
            "status": "active",
            "label": label,
            "tags": self._tags(),
            "disk_type": "nvme",
            "storage_size": {"bytes": 100 * GB, "gb": 100},
            "storage_used": {"bytes": 60 * GB, "gb": 60},
            "billing": {"charges": charges, "monthly": 10},
        }
        self.account.vfs.append(row)
        self.account.vfs_attachments[row["id"]] = []
        if self.account.instances and self._chance(0.5):
            target = self.rng.choice(self.account.instances)["id"]
            self.account.vfs_attachments[row["id"]] = [
                {"state": "ATTACHED", "vfs_id": row["id"], "target_id": target, "mount_tag": 1}
            ]

    def _database(self) -> None:
        label, created = self._label("db"), self._created()
        charges = self._line(
            f"Managed Database ({label})", "Managed Database", DATABASE.monthly, 672, created
        )
        row: Row = {
            "id": self._id(),
            "date_created": created.strftime("%Y-%m-%d %H:%M:%S"),
            "plan": DATABASE.id,
            "plan_disk": 80,
            "plan_ram": DATABASE.ram,
            "plan_vcpus": 2,
            "plan_replicas": 0,
            "region": self._region().upper(),
            "database_engine": "pg",
            "database_engine_version": "16",
            "status": "Running",
            "label": label,
            "tag": self.rng.choice(("", "prod")),
            "password": f"{SECRET}password",
            "pending_charges": charges,
            "read_replicas": [],
        }
        self.account.databases.append(row)
        self.account.database_usage[row["id"]] = {
            "disk": {"current_gb": 40, "max_gb": 80, "percentage": 50},
            "memory": {"current_mb": 2000, "max_mb": 4096, "percentage": "48.8"},
            "cpu": {"percentage": 40},
        }

    # what is gone, and what was never a resource

    def _destroyed(self) -> None:
        """A closed line; its address may have been given to a later server."""
        if self.now - self.month < timedelta(hours=30):
            return
        end = self._whole(self.month + (self.now - self.month) / 2)
        address, label = self._address(), self._label("gone")
        young = [row for row in self.account.instances if self._is_later(row, end)]
        if young and self._chance(0.6):
            heir = self.rng.choice(young)
            address = heir["main_ip"]
            if "reborn_label" in self.quirks and self._is_alone(heir["label"]):
                label = heir["label"]
        plan = self.rng.choice(PLANS[:8])
        text = f"{address} ({plan.ram} MB) [{label}]"
        begin = end - timedelta(hours=self.rng.randint(1, 10))
        self._line(text, "Vultr Cloud Compute", plan.monthly, plan.cap, begin, end=end)

    def _is_alone(self, label: str) -> bool:
        return [row["label"] for row in self.account.instances].count(label) == 1

    def _is_later(self, row: Row, end: datetime) -> bool:
        return datetime.fromisoformat(row["date_created"]) > end and row["status"] == "active"

    def _unknown_product(self) -> None:
        self._line("Mast Annealer (alpha)", "Mast Annealer", Decimal(44), 672, self.month)

    def _account_lines(self) -> None:
        if self.now - self.month < timedelta(minutes=30):
            return
        start = self.cut or self.month
        plain = "words" not in self.quirks
        taxes = TAXES[3:4] if plain else TAXES
        credit_lines = CREDITS[:1] if plain else CREDITS
        for product, text in self.rng.sample(taxes, self.rng.choice((0, 0, 1, len(taxes[:2])))):
            self._flat(
                text, product, self.rng.choice(("flat", "tax")), self._dollars(9, 999), start
            )
        for product, text in self.rng.sample(
            credit_lines, self.rng.choice((0, 0, 1, len(credit_lines[:2])))
        ):
            kind = "discount" if self._chance(0.3) else "flat"
            self._flat(text, product, kind, -self._dollars(9, 999), start)
        count = self.rng.choice((0, 0, 1, 2)) if "overage" in self.quirks else 0
        for product, text, _ in self.rng.sample(OVERAGES, count):
            self._flat(text, product, "overage", self._dollars(9, 3000), start)
        if self.account.instances and self._chance(0.3, "overage"):
            address = self.rng.choice(self.account.instances)["main_ip"]
            self._flat(f"Bandwidth Overage {address}", "Bandwidth Overage", "overage",
                       self._dollars(9, 3000), start)  # fmt: skip
        if self._chance(0.3):
            self._flat(
                "Llama (chat)", "Serverless Inference", "tokens", self._dollars(9, 3000), start
            )
        projected = self.account.account_bandwidth["current_month_projected"]
        projected["overage_cost"] = self.rng.choice((0, 0, self._dollars(1, 9000)))

    def _settle(self) -> None:
        self.rng.shuffle(self.account.pending)
        total = sum((row["total"] for row in self.account.pending), Decimal(0))
        off = self.rng.choice((Decimal(0), Decimal(0), Decimal("0.03"), Decimal("-1.5")))
        self.account.account |= {
            "pending_charges": total + off,
            "balance": self._balance(total),
            "last_payment_date": (self.month - timedelta(days=9)).isoformat(),
            "last_payment_amount": Decimal("-120.00"),
        }
        for row in [*self.account.pending, *self.invoiced]:
            if self._chance(0.1, "mixed_numbers"):
                row |= {key: _other(self.rng, row[key]) for key in ("total", "units")}

    def _balance(self, total: Decimal) -> Decimal:
        """Debt, nothing, or credit from less than what is pending to years of it."""
        if self._chance(0.3):
            return Decimal(self.rng.choice(("79.48", "0")))
        share = self.rng.choice((Decimal("0.3"), Decimal("0.9"), Decimal("1.1"), Decimal(2), 9))
        return -(abs(total) * share + Decimal("0.55")).quantize(CENT)


def _other(rng: Random, value: Any) -> Any:
    return rng.choice((str, float))(value)
