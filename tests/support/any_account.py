"""Random accounts: things and lines of every kind, priced and matched as the program does it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.support.nouns import MONTH, NOW, balance, snapshot
from vultr_cost_mcp.billing.pricing import price
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.resource import KINDS, METAL_KINDS, SERVER_KINDS, AddOn, Resource
from vultr_cost_mcp.domain.snapshot import Checked, Cluster, Gap, Snapshot, Traffic

LABELS = st.sampled_from(["", "web", "db [1]", "api (x)", "198.51.100.9", "tax", "(untagged)", "ü"])
TAGS = st.lists(st.sampled_from(["prod", "dev", "keep", "(untagged)", "ml"]), max_size=4)
REGIONS = st.sampled_from(["", "ewr", "sjc", "ams"])
ADDRESSES = st.sampled_from([f"203.0.113.{number}" for number in range(1, 9)] + ["2001:db8::1"])
PRODUCTS = st.sampled_from(
    [
        "",
        "Vultr Cloud Compute",
        "Vultr Cloud GPU",
        "Automatic Backups",
        "Block Storage",
        "Snapshot",
        "Load Balancer",
        "Reserved IP",
        "Widget",
        "Tax",
        "Credit",
    ]
)
PRICES = st.decimals(0, 20_000, places=2)
INSTANTS = st.integers(-90 * 24 * 60, 4 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))
ADD_ONS = st.lists(
    st.sampled_from(
        [
            AddOn("backups", percent=Decimal(20)),
            AddOn("ddos_protection", monthly=Decimal(10)),
        ]
    ),
    max_size=2,
    unique=True,
)


@st.composite
def resources(draw: st.DrawFn, number: int) -> Resource:
    """Draw one thing that exists."""
    kind = draw(st.sampled_from(KINDS))
    price_ = draw(st.none() | PRICES)
    server = kind in SERVER_KINDS
    size = draw(st.none() | st.decimals("0.01", 500, places=6))
    return Resource(
        id=f"id-{number}",
        kind=kind,
        label=draw(LABELS),
        region=draw(REGIONS),
        state=draw(st.sampled_from(["running", "stopped", "suspended", "pending", "active"])),
        plan=draw(st.none() | st.sampled_from(["vc2-1c-1gb", "vcg-a100"])),
        addresses=tuple(draw(st.lists(ADDRESSES, max_size=2))),
        tags=tuple(draw(TAGS)),
        created=draw(st.none() | INSTANTS),
        gpu=server and draw(st.booleans()),
        usual_hours=672 if kind in METAL_KINDS else draw(st.sampled_from([672, 730])),
        attached_to=draw(
            st.none() | st.lists(st.sampled_from(["id-0", "id-1", "gone"]), max_size=2).map(tuple)
        ),
        own_pending=draw(st.none() | PRICES),
        price=None if kind == "snapshot" else price_,
        price_source=None if price_ is None or kind == "snapshot" else "list",
        list_price=price_ if server else None,
        add_ons=tuple(draw(ADD_ONS)) if server else (),
        candidates=(size, size / 3) if kind == "snapshot" and size is not None else (),
    )


@st.composite
def lines(draw: st.DrawFn) -> ChargeLine:
    """Draw one line of the bill; its total may be of any sign and have parts of a cent."""
    label, address = draw(LABELS), draw(ADDRESSES)
    start = draw(st.none() | INSTANTS)
    end: datetime | None = draw(st.none() | st.just(NOW) | INSTANTS)
    return ChargeLine(
        description=draw(
            st.sampled_from(["", f"{address} (1024 MB) [{label}]", f"Thing ({label})", label])
        ),
        product=draw(PRODUCTS),
        start=start,
        end=end,
        units=draw(st.none() | st.integers(0, 744).map(Decimal)),
        unit_type=draw(st.sampled_from(["hours", "GB", "overage", "discount", ""])),
        unit_price=draw(st.none() | st.decimals(0, 25, places=draw(st.integers(0, 12)))),
        total=draw(st.decimals(-500, 20_000, places=draw(st.sampled_from([2, 2, 2, 5])))),
    )


@st.composite
def snapshots(draw: st.DrawFn) -> Snapshot:
    """Draw one account, priced and matched, wholly read or with gaps."""
    count = draw(st.integers(0, 8))
    things = [draw(resources(number)) for number in range(count)]
    bill = draw(st.lists(lines(), max_size=12))
    charges, priced = price(bill, things, MONTH, NOW)
    readable, inventory = draw(st.booleans()) or draw(st.booleans()), draw(st.booleans())
    days = [NOW.date() - timedelta(days=number) for number in range(16)]
    traffic: dict[str, dict[date, Traffic]] = {
        thing.id: {day: Traffic(5, draw(st.integers(0, 6_000_000))) for day in days}
        for thing in priced
        if draw(st.booleans())
    }
    named: dict[str, Any] = {
        "balance": balance(
            draw(st.none() | PRICES.map(lambda x: x - 10_000)), draw(st.just(0) | PRICES)
        ),
        "traffic": traffic,
        "clusters": draw(st.sampled_from([None, (), (Cluster("c", "shop"),)])),
        "checked": draw(st.sampled_from([{}, {"cluster_resources": Checked(1, 1)}])),
        "gaps": draw(st.sampled_from([(), (Gap("cluster_resources", "not read"),)])),
        "uninvoiced_previous": tuple(charges[:1]) if readable and draw(st.booleans()) else (),
    }
    if not readable:
        named["balance"] = balance(0, draw(PRICES))
    return snapshot(
        charges if readable else None, priced if inventory or readable else None, **named
    )
