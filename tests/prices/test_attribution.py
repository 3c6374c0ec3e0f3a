"""Attribution of lines to resources: the match, its method, or the reason for none (D10, D14)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.nouns import MONTH, NOW, at, line, thing, usd
from vultr_cost_mcp.billing.attribution import (
    Attribution,
    attribute,
    end_by_units,
    is_running,
    newest_end_of,
)
from vultr_cost_mcp.billing.services import service_of
from vultr_cost_mcp.domain.bill import ChargeLine
from vultr_cost_mcp.domain.resource import Kind, Resource


def found(*resources: Resource, of: ChargeLine | None = None, **named: Any) -> Attribution:
    """Find the resource of one line among these."""
    one = of or line(**named)
    return attribute([one], [service_of(one)], resources, NOW)[0]


WEB = thing("web-id", label="web-1", addresses=("203.0.113.7", "2001:db8::7"))
NONE_MATCHES = Attribution(None, "none", "no_match")
DESTROYED = Attribution(None, "none", "destroyed")
AMBIGUOUS = Attribution(None, "ambiguous", "ambiguous")
NOT_A_RESOURCE = Attribution(None, "none", "not_a_resource")
CLOSED = NOW - timedelta(days=3)


def test_an_address_in_the_description_is_exact() -> None:
    """D10: the address decides, even where the label has changed since."""
    assert found(WEB, description="203.0.113.7 (1024 MB) [old name]") == Attribution(
        "web-id", "exact"
    )


@pytest.mark.parametrize(
    "text",
    ["2001:db8::7", "2001:DB8::7", "2001:0db8:0000:0000:0000:0000:0000:0007", "2001:db8:0::7"],
)
def test_addresses_of_version_6_are_the_same_however_written(text: str) -> None:
    """D10: an IPv6 address has many spellings."""
    assert found(WEB, description=f"{text} (1024 MB) [x]").resource_id == "web-id"
    other = thing("six", addresses=(text,))
    assert found(other, description="2001:db8::7 (1024 MB) [x]").match == "exact"


def test_an_address_at_the_end_of_a_sentence() -> None:
    """D10: a full stop is not part of an address."""
    for address in ("203.0.113.7", "2001:db8::7"):
        assert found(WEB, description=f"Server at {address}.").match == "exact"


def test_two_things_at_one_address_are_told_apart_by_their_charges() -> None:
    """D10: pending charges settle a tie of addresses as they do one of labels."""
    pair = [
        thing("a", addresses=("203.0.113.7",), own_pending=usd("3.15")),
        thing("b", addresses=("203.0.113.7",), own_pending=usd("6.30")),
    ]
    assert found(*pair, description="203.0.113.7", total="6.30") == Attribution("b", "exact")
    assert found(*pair, description="203.0.113.7", total="9.99") == AMBIGUOUS


def test_an_address_is_not_found_inside_another() -> None:
    """D10: 203.0.113.7 is neither in 203.0.113.70 nor in 1203.0.113.7."""
    for text in ("203.0.113.70", "1203.0.113.7", "9.203.0.113.7", "203.0.113"):
        assert found(WEB, description=f"{text} (1024 MB) [x]").resource_id is None


def test_a_label_that_is_unique() -> None:
    """D10: with no address in the line the label decides, if only one thing carries it."""
    assert found(WEB, description="Compute (1024 MB) [web-1]") == Attribution(
        "web-id", "unique_name"
    )
    assert found(WEB, description="web-1").match == "unique_name"
    assert found(WEB, description="Compute [ web-1 ]").match == "unique_name"


def test_a_balancer_by_the_label_in_parentheses() -> None:
    """D10: Vultr writes ``Load Balancer (label)``."""
    balancer = thing("lb", "load_balancer", label="web")
    assert found(
        balancer, product="Load Balancer", description="Load Balancer (web)"
    ) == Attribution("lb", "unique_name")


def test_a_label_belongs_to_things_of_the_lines_own_kind() -> None:
    """D10: a volume and a server may share a label; the line's service tells them apart."""
    server, volume = thing("s", label="data"), thing("v", "block_storage", label="data")
    assert found(server, volume, product="Block Storage", description="[data]").resource_id == "v"
    assert found(server, volume, description="Compute [data]").resource_id == "s"


@pytest.mark.parametrize(
    ("product", "kind"),
    [
        ("Vultr Cloud Compute", "instance"),
        ("Vultr Cloud GPU", "gpu_instance"),
        ("Vultr Bare Metal", "bare_metal"),
        ("Vultr Bare Metal", "gpu_bare_metal"),
        ("Vultr Kubernetes Engine", "kubernetes_node"),
        ("Vultr Kubernetes Engine", "kubernetes_control_plane"),
        ("Cloud GPU Cluster", "gpu_cluster"),
        ("Automatic Backups", "instance"),
        ("DDoS Protection", "instance"),
        ("Managed Database", "database"),
        ("Block Storage", "block_storage"),
        ("Snapshot", "snapshot"),
        ("Block Storage Snapshot", "block_snapshot"),
        ("Object Storage", "object_storage"),
        ("File System", "file_system"),
        ("Storage Gateway", "storage_gateway"),
        ("Load Balancer", "load_balancer"),
        ("Reserved IP", "reserved_ip"),
        ("NAT Gateway", "nat_gateway"),
        ("Container Registry", "registry"),
        ("CDN", "cdn"),
        ("Serverless Inference", "inference"),
        ("Custom Subscription", "subscription"),
        ("Something new", "cdn"),
    ],
)
def test_every_kind_is_found_by_lines_of_its_service(product: str, kind: str) -> None:
    """D10: each kind of D15 has lines that can be its own, and no tax line can be."""
    resource = thing("it", kind, label="mine")
    assert found(resource, product=product, description=f"{product} (mine)").resource_id == "it"
    assert found(resource, product="Tax", description="Tax (mine)") == NOT_A_RESOURCE


@pytest.mark.parametrize(
    ("product", "kind"),
    [
        ("Vultr Cloud Compute", "block_storage"),
        ("Block Storage", "instance"),
        ("Snapshot", "instance"),
        ("Reserved IP", "instance"),
        ("NAT Gateway", "instance"),
        ("DDoS Protection", "reserved_ip"),
        ("DDoS Protection", "subscription"),
        ("Load Balancer", "instance"),
        ("CDN", "registry"),
        ("Vultr Cloud Compute", "snapshot"),
    ],
)
def test_a_line_of_one_service_is_not_of_another_kind(product: str, kind: str) -> None:
    """D10: a label that several kinds carry never leads a line to the wrong kind."""
    resource = thing("it", kind, label="mine")
    assert found(resource, product=product, description=f"{product} (mine)") == NONE_MATCHES


def test_a_label_that_two_carry_is_ambiguous() -> None:
    """D10, D14: two servers of one label and a line without an address: nobody's."""
    twins = [thing("a", label="twin"), thing("b", label="twin")]
    assert found(*twins, description="Compute [twin]") == AMBIGUOUS


def test_own_pending_charges_settle_a_tie() -> None:
    """D1, D10: of two with one label the line is of the one that says it has cost as much."""
    twins = [
        thing("a", label="twin", own_pending=usd("3.15")),
        thing("b", label="twin", own_pending=usd("6.30")),
    ]
    assert found(*twins, description="Compute [twin]", total="6.30") == Attribution(
        "b", "unique_name"
    )
    assert found(*twins, description="Compute [twin]", total="3.15").resource_id == "a"
    assert found(*twins, description="Compute [twin]", total="9.99") == AMBIGUOUS


def test_two_that_cost_the_same_stay_ambiguous() -> None:
    """D10: pending charges that are equal settle nothing."""
    twins = [thing(name, label="twin", own_pending=usd("3.15")) for name in "ab"]
    assert found(*twins, description="Compute [twin]", total="3.15") == AMBIGUOUS


def test_pending_charges_do_not_overrule_a_match() -> None:
    """D10: pending charges settle ties only: they need not agree with a line that is found."""
    lone = thing("a", label="lone", own_pending=usd("9.99"))
    assert found(lone, description="Compute [lone]", total="3.15").resource_id == "a"


def test_an_address_beats_a_label() -> None:
    """D10: by address first: another server that carries the label does not matter."""
    named = thing("named", label="web-2")
    assert found(named, WEB, description="203.0.113.7 (1024 MB) [web-2]") == Attribution(
        "web-id", "exact"
    )


def test_a_reused_address_belongs_to_who_had_it_then() -> None:
    """D10: a line that ended before the present holder existed is the destroyed one's."""
    new = thing("new", label="new", addresses=("203.0.113.7",), created=at("2026-11-12"))
    old_line = line(description="203.0.113.7 (1024 MB) [old]", end=at("2026-11-10T08:00"))
    new_line = line(description="203.0.113.7 (1024 MB) [new]", start=at("2026-11-12"))
    assert found(new, of=old_line) == DESTROYED
    assert found(new, of=new_line) == Attribution("new", "exact")


def test_a_reused_label_belongs_to_who_had_it_then() -> None:
    """D10: the same for a volume that is known by its label only."""
    new = thing("new", "block_storage", label="data", created=at("2026-11-12"))
    old_line = line(
        product="Block Storage", description="Block Storage (data)", end=at("2026-11-10T08:00")
    )
    assert found(new, of=old_line) == DESTROYED


def test_a_thing_created_at_the_moment_a_line_ends_is_not_the_lines() -> None:
    """D10: spans are half open; a line that starts at the creation is the thing's own."""
    new = thing("new", addresses=("203.0.113.7",), created=at("2026-11-12T10:00"))
    ended = line(description="203.0.113.7 [x]", end=at("2026-11-12T10:00"))
    just_begun = line(
        description="203.0.113.7 [x]", start=at("2026-11-12T10:00"), end=at("2026-11-12T10:00")
    )
    assert found(new, of=ended).resource_id is None
    assert found(new, of=just_begun).resource_id == "new"


def test_without_dates_a_thing_may_always_have_existed() -> None:
    """D10: what is not known rules nothing out."""
    undated = thing("it", addresses=("203.0.113.7",), created=None)
    assert found(undated, description="203.0.113.7 [x]", end=CLOSED).resource_id == "it"
    future = thing("it", addresses=("203.0.113.7",), created=NOW)
    assert found(future, description="203.0.113.7 [x]", start=None, end=None).resource_id == "it"
    # Without a start nothing tells that the thing was there before the line ended.
    assert found(future, description="203.0.113.7 [x]", start=None, end=CLOSED).resource_id is None


def test_a_closed_line_that_nothing_fits_was_of_something_destroyed() -> None:
    """D14: destroyed is a closed hourly line; a running one without a resource has no match."""
    assert found(description="203.0.113.99 [x]", end=CLOSED) == DESTROYED
    assert found(description="203.0.113.99 [x]") == NONE_MATCHES
    assert found(description="some volume", unit_type="GB", end=CLOSED) == NONE_MATCHES
    assert found(description="203.0.113.99 [x]", end=None) == NONE_MATCHES


@pytest.mark.parametrize(
    ("unread", "product", "reason"),
    [
        ("instance", "Vultr Cloud Compute", "no_match"),
        ("bare_metal", "Vultr Cloud Compute", "no_match"),
        ("instance", "Something new", "no_match"),
        ("block_storage", "Block Storage", "no_match"),
        ("block_storage", "Vultr Cloud Compute", "destroyed"),
        ("subscription", "Vultr Cloud Compute", "destroyed"),
        ("instance", "Block Storage", "destroyed"),
    ],
)
def test_nothing_is_destroyed_for_not_being_in_a_list_that_was_not_read(
    unread: Kind, product: str, reason: str
) -> None:
    """D14: a closed line may be the smaller size of a thing that exists."""
    closed = line(description="some (thing)", product=product, end=CLOSED)
    (one,) = attribute([closed], [service_of(closed)], (), NOW, unread={unread})
    assert one.reason == reason


def test_a_replaced_server_with_the_same_label_keeps_its_own_line() -> None:
    """D10: blue and green: the closed line of the old address is not the new server's."""
    green = thing("green", label="api", addresses=("203.0.113.8",), created=at("2026-11-01"))
    blue_line = line(description="203.0.113.7 (1024 MB) [api]", end=at("2026-11-10"))
    green_line = line(description="203.0.113.8 (1024 MB) [api]", start=at("2026-11-09"))
    assert found(green, of=blue_line) == DESTROYED
    assert found(green, of=green_line) == Attribution("green", "exact")


def test_a_node_without_an_address_is_found_by_its_label() -> None:
    """D10, D15: ``/kubernetes/clusters`` gives nodes no address, lines have one."""
    node = thing("node", "kubernetes_node", label="pool-a1b2")
    for end in (NOW, CLOSED):
        assert found(node, description="203.0.113.50 (2048 MB) [pool-a1b2]", end=end) == (
            Attribution("node", "unique_name")
        )


def test_a_server_whose_address_changed_is_found_by_its_label_while_it_runs() -> None:
    """D10: by a label that is unique, when the address of a running line is nobody's."""
    assert found(WEB, description="203.0.113.99 (1024 MB) [web-1]") == Attribution(
        "web-id", "unique_name"
    )


def test_a_reserved_address_that_a_server_carries_has_a_line_of_its_own() -> None:
    """D10: the reserved ip's line and the server's name the same address."""
    address = thing("ip", "reserved_ip", label="front", addresses=("203.0.113.7",))
    assert found(
        WEB, address, product="Reserved IP", description="Reserved IP 203.0.113.7"
    ) == Attribution("ip", "exact")
    assert found(
        WEB, address, product="Reserved IP", description="Reserved IP (203.0.113.7)"
    ) == Attribution("ip", "exact")
    assert found(WEB, address, description="203.0.113.7 (1024 MB) [web-1]") == Attribution(
        "web-id", "exact"
    )


def test_brackets_inside_a_label_belong_to_it() -> None:
    """D10: a label may hold brackets and parentheses."""
    for label in ("db [primary]", "a (b)", "x] [y", "[z]", "(p) [q]"):
        server = thing("it", label=label)
        assert found(server, description=f"Compute (1024 MB) [{label}]").resource_id == "it"
        balancer = thing("lb", "load_balancer", label=label)
        assert (
            found(balancer, product="Load Balancer", description=f"Load Balancer ({label})")
        ).resource_id == "lb"


def test_an_address_inside_a_label_does_not_decide_over_the_lines_own() -> None:
    """D10: the line's address is the one outside the brackets."""
    other = thing("other", addresses=("198.51.100.9",))
    for label in ("proxy to 198.51.100.9", ") 198.51.100.9", "] 198.51.100.9 [", "198.51.100.9"):
        assert found(other, WEB, description=f"203.0.113.7 (1024 MB) [{label}]") == Attribution(
            "web-id", "exact"
        )


def test_a_label_that_mentions_an_address_is_still_a_label() -> None:
    """D10: a balancer called after another's address is not that other balancer."""
    front = thing("front", "load_balancer", label="for 192.0.2.50", addresses=("192.0.2.60",))
    back = thing("back", "load_balancer", label="back", addresses=("192.0.2.50",))
    assert (
        found(
            back, front, product="Load Balancer", description="Load Balancer (for 192.0.2.50)"
        ).resource_id
        == "front"
    )


def test_a_label_does_not_choose_the_kind_of_a_network_line() -> None:
    """D10, D11: a label that says "reserved ip" or "nat gateway" is a label and no more."""
    server = thing("it", label="reserved ip proxy", addresses=("203.0.113.7",))
    assert found(
        server, product="DDoS Protection", description="203.0.113.7 [reserved ip proxy]"
    ) == Attribution("it", "exact")
    gateway = thing("nat", "nat_gateway", label="for reserved ip")
    assert found(
        gateway, product="NAT Gateway", description="NAT Gateway (for reserved ip)"
    ) == Attribution("nat", "unique_name")


def test_tax_and_credits_are_no_resource() -> None:
    """D14: what is not of a thing is not_a_resource, even if it names an address."""
    text = "203.0.113.7 (1024 MB) [web-1]"
    assert found(WEB, product="Tax", description=text) == NOT_A_RESOURCE
    assert found(WEB, product="Account Credit", description=text) == NOT_A_RESOURCE
    assert found(WEB, description=text, unit_type="discount") == NOT_A_RESOURCE


@pytest.mark.parametrize(
    ("kind", "product", "description"),
    [
        ("object_storage", "Object Storage", "Object Storage (mine) 500 GB over quota"),
        ("object_storage", "", "Object Storage [mine]"),
        ("object_storage", "Overage", "Object Storage (mine)"),
        ("cdn", "CDN", "CDN (mine)"),
        ("inference", "Serverless Inference", "Inference (mine)"),
        ("instance", "Vultr Bandwidth", "203.0.113.7 (1024 MB) [x]"),
        ("nat_gateway", "NAT Gateway", "NAT Gateway (mine)"),
    ],
)
def test_overage_belongs_to_the_resource_that_it_names(
    kind: Kind, product: str, description: str
) -> None:
    """D10, D11: what is used beyond a resource's own quota is its cost."""
    resource = thing("it", kind, label="mine", addresses=("203.0.113.7",))
    line_of_it: dict[str, Any] = {"product": product, "unit_type": "Overage "}
    assert found(resource, description=description, **line_of_it).resource_id == "it"


def test_overage_of_the_pool_is_of_no_resource() -> None:
    """D14: bandwidth is pooled by the account; a store that is not there has no match."""
    assert found(WEB, product="Bandwidth", unit_type="overage") == NOT_A_RESOURCE
    assert found(WEB, product="Bandwidth Overage", unit_type="GB") == NOT_A_RESOURCE
    gone: dict[str, Any] = {"product": "Object Storage", "description": "Object Storage (gone)"}
    assert found(WEB, unit_type="overage", **gone) == NONE_MATCHES


def test_an_id_in_a_description_is_as_good_as_a_label() -> None:
    """D10: a thing without a label may be named by its id."""
    storage = thing("cb676a46", "object_storage", label="")
    assert (
        found(storage, product="Object Storage", description="Object Storage (cb676a46)").match
        == "unique_name"
    )


def test_an_empty_label_matches_nothing() -> None:
    """D10: a line with an empty description is not of the thing without a label."""
    assert found(thing("it", label=""), description="") == NONE_MATCHES
    assert found(thing("it", label="  "), description="Compute [ ]") == NONE_MATCHES


def test_a_thing_is_known_by_its_key() -> None:
    """D10: of two things of different kinds with one id each line finds its own."""
    volume = thing("123", "block_storage", label="data", alias="block_storage:123")
    snap = thing("123", "snapshot", label="data", alias="snapshot:123")
    assert (
        found(volume, snap, product="Snapshot", description="Snapshot (data)").resource_id
        == "snapshot:123"
    )


def test_answers_are_parallel_to_the_lines() -> None:
    """D10: one answer a line, in the lines' order."""
    lines = [
        line(description="203.0.113.7 [web-1]"),
        line(product="Tax"),
        line(description="203.0.113.99"),
    ]
    services = [service_of(one) for one in lines]
    answers = attribute(lines, services, [WEB], NOW)
    assert [answer.resource_id for answer in answers] == ["web-id", None, None]


@pytest.mark.parametrize(
    ("before", "running"),
    [
        (timedelta(0), True),
        (timedelta(hours=2), True),
        (timedelta(hours=2, seconds=1), False),
        (timedelta(days=1), False),
    ],
)
def test_a_line_within_two_hours_of_the_newest_is_running(
    before: timedelta, *, running: bool
) -> None:
    """D24: running is an end within two hours of the newest end of the reading."""
    assert is_running(line(end=NOW - before), NOW) is running


def test_only_hourly_lines_with_an_end_run() -> None:
    """D24: metered and flat lines do not run, nor does one that nobody knows the end of."""
    assert not is_running(line(unit_type="GB"), NOW)
    assert not is_running(line(end=None), NOW)
    assert not is_running(line(), None)
    assert is_running(line(unit_type="Hour"), NOW)


def test_the_newest_end_is_of_the_lines_not_of_the_clock() -> None:
    """D24: the bill may be hours behind; a line that is paid ahead of now does not count."""
    lag = NOW - timedelta(hours=5)
    lines = [line(end=lag), line(end=lag - timedelta(hours=1)), line(end=None)]
    assert newest_end_of(lines, NOW) == lag
    ahead: datetime = MONTH.end
    assert newest_end_of([*lines, line(end=ahead)], NOW) == lag
    soon = NOW + timedelta(hours=2)
    assert newest_end_of([*lines, line(end=soon)], NOW) == soon
    assert newest_end_of([line(end=ahead)], NOW) == ahead
    assert newest_end_of([], NOW) is None


@pytest.mark.parametrize(
    ("start", "end"),
    [("9998-12-31T20:00", "9999-01-01T06:00"), ("9999-01-01", None), ("9999-12-31T20:00", None)],
)
def test_hours_lead_to_no_end_beyond_the_calendar(start: str, end: str | None) -> None:
    """D24: ten hours from the last evening of the calendar end on no day."""
    bare = line(start=at(start), end=None, units=10)
    assert end_by_units(bare) == (None if end is None else at(end))
