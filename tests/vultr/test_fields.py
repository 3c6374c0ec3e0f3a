"""Every form in which the API has been seen to send a number, a date, a text or a list."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from vultr_cost_mcp.families.block_storage.wire import Block
from vultr_cost_mcp.families.databases.wire import Database
from vultr_cost_mcp.families.kubernetes.wire import KubernetesCluster
from vultr_cost_mcp.families.load_balancers.wire import LoadBalancer
from vultr_cost_mcp.families.object_storage.wire import ObjectStorage
from vultr_cost_mcp.families.reserved_ips.wire import ReservedIp
from vultr_cost_mcp.families.servers.wire import Instance
from vultr_cost_mcp.vultr.models.billing import Account, Line
from vultr_cost_mcp.vultr.models.fields import parse_instant, parse_number
from vultr_cost_mcp.vultr.models.plans import Plan, RegionInfo


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, Decimal(5)),
        (0, Decimal(0)),
        (-100.5, Decimal("-100.5")),
        (Decimal("0.00744047619047619"), Decimal("0.00744047619047619")),
        ("5.42", Decimal("5.42")),
        (" 5.42 ", Decimal("5.42")),
        ("5", Decimal(5)),
        ("-1.25", Decimal("-1.25")),
        ("999999999999999999", Decimal(999_999_999_999_999_999)),
        # What floats leave behind is no damage.
        ("2.7e-20", Decimal("2.7e-20")),
        ("", None),
        ("  ", None),
        (None, None),
    ],
)
def test_numbers_come_as_text_int_and_float(value: Any, number: Decimal | None) -> None:
    """Each keeps its digits; nothing and empty text are unknown, not zero."""
    assert parse_number(value) == number


@pytest.mark.parametrize(
    "value",
    [
        True,
        False,
        "five",
        "$5",
        "1,234.56",
        "0x10",
        "NaN",
        "sNaN",
        "Infinity",
        "-inf",
        [],
        [5],
        {},
        Decimal("NaN"),
        10**18,
        -(10**18),
        "1e400",
        Decimal("1e1000000"),
        "-1e1000000",
        "1e-1000000",
        "1e99999999999999999999",
    ],
    ids=str,
)
def test_what_is_no_usable_number_is_refused(value: Any) -> None:
    """Booleans, words, lists and absurd sizes are refused as values, never as a crash."""
    with pytest.raises(ValueError, match="not a"):
        parse_number(value)


def test_a_line_with_an_absurd_number_is_one_unreadable_row() -> None:
    """A number beyond the reach of arithmetic is a validation error like any other."""
    with pytest.raises(ValidationError):
        Line.model_validate({"total": Decimal("1e1000000")})


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("2020-10-10T01:56:20+00:00", datetime(2020, 10, 10, 1, 56, 20, tzinfo=UTC)),
        ("2022-05-09 10:13:31", datetime(2022, 5, 9, 10, 13, 31, tzinfo=UTC)),
        ("2022-05-09T10:13:31", datetime(2022, 5, 9, 10, 13, 31, tzinfo=UTC)),
        ("09-01-2021T00:00:00+00:00", datetime(2021, 9, 1, tzinfo=UTC)),
        ("2024-01-01T12:00:00Z", datetime(2024, 1, 1, 12, tzinfo=UTC)),
        ("2024-01-01T14:00:00+02:00", datetime(2024, 1, 1, 12, tzinfo=UTC)),
        ("2024-01-01T12:00:00.5Z", datetime(2024, 1, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2020-10-1001:56:20", datetime(2020, 10, 10, 1, 56, 20, tzinfo=UTC)),
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("1790812800", datetime(2026, 10, 1, tzinfo=UTC)),
        (1790812800, datetime(2026, 10, 1, tzinfo=UTC)),
        (" 2024-01-01T12:00:00Z ", datetime(2024, 1, 1, 12, tzinfo=UTC)),
    ],
)
def test_instants_come_in_every_format_of_the_api(value: Any, instant: datetime) -> None:
    """D5: each is aware, and a stamp without an offset is UTC."""
    parsed = parse_instant(value)
    assert parsed == instant
    assert parsed is not None
    assert parsed.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "",
        None,
        True,
        [],
        {},
        "0000-00-00 00:00:00",
        "2026-13-01",
        "yesterday",
        "9" * 400,
        "9999-12-31T23:59:59-05:00",
        "0001-01-01T00:00:00+05:00",
        1.5,
    ],
    ids=str,
)
def test_what_is_no_instant_is_unknown(value: Any) -> None:
    """A date that cannot be read costs its row nothing but the date."""
    assert parse_instant(value) is None


@pytest.mark.parametrize(
    ("tags", "read"),
    [
        (["prod", "team"], ("prod", "team")),
        ("prod", ("prod",)),
        ("", ()),
        ([], ()),
        (None, ()),
        ({}, ()),
        (["prod", None, "", 7, ["x"]], ("prod",)),
    ],
)
def test_tags_are_texts_whatever_comes(tags: Any, read: tuple[str, ...]) -> None:
    """A list, one text, null or nonsense."""
    assert Instance.model_validate({"id": "a", "tags": tags}).tags == read


def test_tags_may_be_missing() -> None:
    """An object without the key has no tags."""
    assert Instance.model_validate({"id": "a"}).tags == ()


def test_null_fields_of_a_server_are_empty() -> None:
    """Null stands for an empty text, an unknown number, an unknown date and no list."""
    names = set(Instance.model_fields) - {"id"}
    server = Instance.model_validate({"id": "a", **dict.fromkeys(names)})
    assert (server.label, server.region, server.tags, server.features) == ("", "", (), ())
    assert (server.pending_charges, server.date_created) == (None, None)


@pytest.mark.parametrize("value", ["EWR", " Ewr ", "ewr"])
def test_regions_are_lower_case(value: str) -> None:
    """Databases send them in upper case, everything else in lower."""
    assert Database.model_validate({"id": "a", "region": value}).region == "ewr"
    assert RegionInfo.model_validate({"id": value}).id == "ewr"


@pytest.mark.parametrize("value", [None, "", " ", [], {}, True])
def test_a_row_needs_an_id(value: Any) -> None:
    """A row without an id cannot be identified: it is rejected."""
    with pytest.raises(ValidationError):
        Block.model_validate({"id": value})


def test_ids_may_be_numbers() -> None:
    """Invoices and old resources have integers."""
    assert Block.model_validate({"id": 123456}).id == "123456"


@pytest.mark.parametrize("value", [None, "", True, "much", []])
def test_a_line_needs_its_total(value: Any) -> None:
    """D1: a line without a usable total is no charge of zero."""
    with pytest.raises(ValidationError):
        Line.model_validate({"total": value})


def test_a_line_needs_nothing_but_its_total() -> None:
    """Every other field may be missing."""
    line = Line.model_validate({"total": "5.42"})
    assert (line.total, line.product, line.units, line.start_date) == (
        Decimal("5.42"),
        "",
        None,
        None,
    )


def test_one_object_stands_where_a_list_is_promised() -> None:
    """A single pool that is no list is one pool; null is not known to be none (D33)."""
    pool = {"id": "p", "nodes": {"id": "n"}}
    cluster = KubernetesCluster.model_validate({"id": "c", "node_pools": pool})
    assert [node.id for node in cluster.node_pools[0].nodes] == ["n"]
    for unknown in ({"id": "c"}, {"id": "c", "node_pools": None}):
        with pytest.raises(ValidationError):
            KubernetesCluster.model_validate(unknown)
    assert KubernetesCluster.model_validate({"id": "c", "node_pools": []}).node_pools == ()


def test_regional_prices_may_be_missing_or_an_empty_list() -> None:
    """``location_cost`` is an object, null, or the empty list that PHP makes of one."""
    empty: tuple[object, ...] = ({}, [], None)
    for nothing in empty:
        assert Plan.model_validate({"id": "p", "location_cost": nothing}).location_cost == {}
    priced = Plan.model_validate({"id": "p", "location_cost": {"sao": {"monthly_cost": 7.5}}})
    assert priced.location_cost["sao"].monthly_cost == Decimal("7.5")


def test_nothing_attached_is_told_from_not_told() -> None:
    """An empty text or list says that it serves nothing; a missing field says nothing."""
    assert Block.model_validate({"id": "b", "attached_to_instance": ""}).attached_to_instance == ""
    assert Block.model_validate({"id": "b"}).attached_to_instance is None
    assert ReservedIp.model_validate({"id": "i", "instance_id": ""}).instance_id == ""
    assert ReservedIp.model_validate({"id": "i"}).instance_id is None
    assert LoadBalancer.model_validate({"id": "l", "instances": []}).instances == ()
    assert LoadBalancer.model_validate({"id": "l"}).instances is None


def test_the_tier_of_an_object_store_may_be_missing() -> None:
    """Only the list has it."""
    assert ObjectStorage.model_validate({"id": "o"}).tier is None
    tier = {"id": 2, "price": "18", "slug": None}
    store = ObjectStorage.model_validate({"id": "o", "tier": tier})
    assert store.tier is not None
    assert store.tier.price == Decimal(18)


def test_a_new_account_is_readable() -> None:
    """No payment yet, no permissions listed, money as text."""
    account = Account.model_validate(
        {"balance": "0", "pending_charges": "", "last_payment_date": "", "acls": None}
    )
    assert (account.balance, account.pending_charges) == (Decimal(0), None)
    assert (account.last_payment_date, account.acls) == (None, ())


def test_models_are_frozen_and_keep_nothing_that_is_not_declared() -> None:
    """A secret that the API sends does not enter."""
    server = Instance.model_validate({"id": "a", "default_password": "SECRET"})
    assert "SECRET" not in repr(server)
    with pytest.raises(ValidationError):
        server.label = "other"  # type: ignore[misc]  # it must not work


def test_numbers_of_different_digits_are_told_apart_though_they_are_equal() -> None:
    """D1: 1.0 has the digits that Vultr sent, whatever came before it; a long text is read too."""
    assert [str(parse_number(text)) for text in ("1.0", "1.00", 1, "1.0")] == [
        "1.0",
        "1.00",
        "1",
        "1.0",
    ]
    assert parse_number("0" * 5_000 + "7") == 7
    assert parse_instant("2026-11-01" + " " * 5_000) == parse_instant("2026-11-01")
