"""The changes in a Terraform or OpenTofu plan's JSON, by an allow-list of fields (rules E11, E12).

``prior_state``, ``variables`` and whatever else ``before`` and ``after`` hold may be secret: only
the fields named here are looked at, and no error quotes a plan.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.plan_source import MOST_BYTES
from vultr_cost_mcp.domain.untrusted_text import as_shown
from vultr_cost_mcp.errors import PlanError
from vultr_cost_mcp.questions.estimate.attributes import Attributes, is_mapping, mapping, rows_of
from vultr_cost_mcp.questions.estimate.changes import Change
from vultr_cost_mcp.questions.estimate.terraform_references import References

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vultr_cost_mcp.questions.estimate.changes import Action
    from vultr_cost_mcp.questions.estimate.parts import Thing

THINGS: dict[str, Thing] = {
    "vultr_instance": "server",
    "vultr_bare_metal_server": "bare_metal",
    "vultr_block_storage": "block_storage",
    "vultr_virtual_file_system_storage": "file_system",
    "vultr_load_balancer": "load_balancer",
    "vultr_reserved_ip": "reserved_ip",
    "vultr_instance_ipv4": "extra_ipv4",
    "vultr_nat_gateway": "nat_gateway",
    "vultr_object_storage": "object_storage",
    "vultr_database": "database",
    "vultr_database_replica": "database_replica",
    "vultr_kubernetes": "kubernetes",
    "vultr_kubernetes_node_pools": "kubernetes_pool",
    "vultr_container_registry": "registry",
    "vultr_snapshot": "snapshot",
    "vultr_snapshot_from_url": "snapshot_from_url",
    "vultr_inference": "inference",
}
_FREE = frozenset(
    {
        "vultr_database_connection_pool",
        "vultr_database_connector",
        "vultr_database_db",
        "vultr_database_quota",
        "vultr_database_topic",
        "vultr_database_user",
        "vultr_iso_private",
        "vultr_object_storage_bucket",
        "vultr_ssh_key",
        "vultr_startup_script",
        "vultr_user",
        "vultr_vpc",
        "vultr_vpc2",
    }
)
_FREE_FAMILIES = (
    "vultr_dns_",
    "vultr_firewall_",
    "vultr_iam_",
    "vultr_nat_gateway_",
    "vultr_oidc_",
    "vultr_organization",
    "vultr_reverse_",
)
FIELDS = (
    "id",
    "plan",
    "region",
    "backups",
    "ddos_protection",
    "size_gb",
    "block_type",
    "nodes",
    "global_regions",
    "ip_type",
    "tier_id",
    "cluster_id",
    "database_id",
    "instance_id",
    "ha_controlplanes",
    "node_quantity",
    "auto_scaler",
    "min_nodes",
    "max_nodes",
)
NESTED = {
    "node_pools": ("plan", "node_quantity", "auto_scaler", "min_nodes", "max_nodes"),
    "block_devices": ("disk_size",),
    "read_replicas": ("region",),
}
_MAJORS = frozenset({"0", "1"})
_CONFIGURATION = re.compile(
    r"\s*(?:#|//|/\*|(?:resource|provider|terraform|variable|module|data|locals|output)\b)"
)
# A number, or a key in quotes, which may hold brackets and quotes itself.
_INDEX = re.compile(r"\[(?:[0-9]+|\"(?:[^\"\\]|\\.)*\")\]$")
_SHOW = "Make its JSON with: terraform show -json PLAN > plan.json"
_UNREADABLE = "the plan does not say what happens to it"
_ADDRESS = 200


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes of a plan, the number of those that cost nothing, and notes."""

    changes: tuple[Change, ...]
    free_changes: int = 0
    notes: tuple[str, ...] = ()


def read_plan(text: str | bytes) -> Plan:
    """Return the changes of a plan's JSON.

    Raises PlanError, which never quotes the plan, for anything that is no plan.
    """
    return changes_of(parsed(text))


def parsed(text: str | bytes) -> Mapping[str, object]:
    """Return a plan's JSON. Raises PlanError for a text that is too large, or no known plan."""
    data = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if len(data) > MOST_BYTES:
        msg = "The plan is larger than 20 MB."
        raise PlanError(msg)
    if data.startswith(b"PK"):
        msg = f"This is a binary plan. {_SHOW}"
        raise PlanError(msg)
    plan = mapping(_json(data))
    _check_kind(plan)
    return plan


def _json(data: bytes) -> object:
    try:
        words = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Not from it: the error holds the text.
        msg = f"This is not text. {_SHOW}"
        raise PlanError(msg) from None
    try:
        found: object = json.loads(words, parse_float=Decimal, parse_constant=_no_number)
    except (ValueError, ArithmeticError, RecursionError):
        if _CONFIGURATION.match(words):
            msg = f"This is Terraform configuration, not a plan. {_SHOW}"
            raise PlanError(msg) from None
        msg = f"This is not JSON. {_SHOW}"
        raise PlanError(msg) from None
    return found


def _no_number(_name: str) -> object:
    raise ValueError


def _check_kind(plan: Mapping[str, object]) -> None:
    if "resource_changes" not in plan and "planned_values" not in plan:
        if "values" in plan or "lineage" in plan or "serial" in plan:
            msg = f"This is a state, not a plan. {_SHOW}"
            raise PlanError(msg)
        msg = f"This is not a Terraform plan. {_SHOW}"
        raise PlanError(msg)
    major = str(plan.get("format_version") or "").partition(".")[0]
    if major not in _MAJORS:
        msg = (
            "This plan's format_version is not one that is known (0.x and 1.x are). Make it with "
            "another version of Terraform, or look for a newer version of vultr-cost-mcp."
        )
        raise PlanError(msg)


def changes_of(plan: Mapping[str, object]) -> Plan:
    """Return the changes that cost or may cost something; other providers' are left out."""
    rows = [mapping(row) for row in rows_of(plan.get("resource_changes"))]
    references = References.of(plan, rows)
    changes: list[Change] = []
    free = 0
    for row in rows:
        if _is_ours(row):
            if _is_free(row):
                free += _action(row) not in {"none", None}
            else:
                changes.append(_change(row, references))
    changes += [_deferred(mapping(row)) for row in rows_of(plan.get("deferred_changes"))]
    kept = tuple(change for change in changes if change.what)
    return Plan(kept, free, tuple(_notes(plan)))


def _notes(plan: Mapping[str, object]) -> list[str]:
    notes: list[str] = []
    if "resource_changes" not in plan:
        notes.append("The plan has no changes: it is empty, or only refreshes the state.")
    if plan.get("errored") is True:
        notes.append("Terraform met an error while planning: changes may be missing.")
    if plan.get("complete") is False:
        notes.append("The plan is not complete (-target or deferred changes): others will follow.")
    return notes


def _type(row: Mapping[str, object]) -> str:
    stated = row.get("type")
    if isinstance(stated, str):
        return stated
    found = re.search(r"(?:^|\.)(vultr_[a-z0-9_]+)\.", _address(row))
    return found[1] if found else ""


def _address(row: Mapping[str, object]) -> str:
    stated = row.get("address")
    if isinstance(stated, str) and stated.strip():
        return as_shown(stated, _ADDRESS)
    kind, name = row.get("type"), row.get("name")
    if isinstance(kind, str) and isinstance(name, str):
        return as_shown(f"{kind}.{name}", _ADDRESS)
    return "(no address)"


def _is_ours(row: Mapping[str, object]) -> bool:
    return row.get("mode", "managed") == "managed" and (
        _type(row).startswith("vultr_") or not _type(row)
    )


def _is_free(row: Mapping[str, object]) -> bool:
    kind = _type(row)
    return kind in _FREE or kind.startswith(_FREE_FAMILIES)


def _action(row: Mapping[str, object]) -> Action | None:
    """Return the action on a thing, None where the plan does not say it (E11)."""
    stated = mapping(row.get("change")).get("actions")
    actions = frozenset(word for word in rows_of(stated) if isinstance(word, str))
    known: dict[frozenset[str], Action] = {
        frozenset({"no-op"}): "none",
        frozenset({"read"}): "none",
        frozenset({"create"}): "create",
        frozenset({"update"}): "update",
        frozenset({"delete"}): "delete",
        frozenset({"create", "delete"}): "replace",
        frozenset({"forget"}): "forget",
        frozenset({"create", "forget"}): "forget",
    }
    return known.get(actions)


def _change(row: Mapping[str, object], references: References) -> Change:
    what, thing, action = _address(row), THINGS.get(_type(row)), _action(row)
    if action is None:
        return Change(what, "update", thing, why=_UNREADABLE)
    if thing is None:
        why = None if _type(row) else _UNREADABLE
        return Change(what, action, None, why=why)
    change = mapping(row.get("change"))
    before = _side(change, "before", row, references)
    after = _side(change, "after", row, references)
    if _lacks_a_side(action, before, after):
        return Change(what, action, thing, why=_UNREADABLE)
    if action == "delete":
        after = None
    elif action == "create":
        before = None
    return Change(what, action, thing, before, after, many=_without_index(row, what))


def _lacks_a_side(action: Action, before: Attributes | None, after: Attributes | None) -> bool:
    needs_before = action in {"update", "delete", "replace", "forget"}
    needs_after = action in {"create", "update", "replace"}
    return (needs_before and before is None) or (needs_after and after is None)


def _without_index(row: Mapping[str, object], what: str) -> str:
    """Return the address that the instances of one resource share."""
    return _INDEX.sub("", what) if "index" in row else what


def _deferred(row: Mapping[str, object]) -> Change:
    inner = mapping(row.get("resource_change"))
    reason = row.get("reason")
    word = reason.replace("_", " ") if isinstance(reason, str) and reason.isascii() else "deferred"
    if not _is_ours(inner) or _is_free(inner):
        return Change("", "none", None)
    known = word if re.fullmatch(r"[a-z ]{1,60}", word) else "deferred"
    return Change(_address(inner), "deferred", None, why=f"Terraform deferred it: {known}")


def _side(
    change: Mapping[str, object],
    side: str,
    row: Mapping[str, object],
    references: References,
) -> Attributes | None:
    stated = change.get(side)
    if not is_mapping(stated):
        return None
    unknown = change.get("after_unknown") if side == "after" else None
    given = attributes_of(mapping(stated), unknown, change.get(f"{side}_sensitive"))
    return references.resolved(given, row, side)


def attributes_of(stated: Mapping[str, object], unknown: object, sensitive: object) -> Attributes:
    """Return the allowed attributes of one side of a change, its blocks among them."""
    given = _flat(stated, unknown, sensitive, FIELDS)
    nested = {
        name: tuple(
            _flat(mapping(row), _at(unknown, name, place), _at(sensitive, name, place), inner)
            for place, row in enumerate(rows_of(stated.get(name)))
        )
        for name, inner in NESTED.items()
    }
    return replace(
        given,
        nested={name: rows for name, rows in nested.items() if rows},
        unknown=given.unknown | _marked(unknown, tuple(NESTED)),
    )


def _flat(
    stated: Mapping[str, object], unknown: object, sensitive: object, names: tuple[str, ...]
) -> Attributes:
    return Attributes(
        {name: stated[name] for name in names if name in stated},
        _marked(unknown, names),
        _marked(sensitive, names),
    )


def _marked(marks: object, names: tuple[str, ...]) -> frozenset[str]:
    """Return the attributes that a tree of marks has at true."""
    if marks is True:
        return frozenset(names)
    return frozenset(name for name in names if mapping(marks).get(name) is True)


def _at(marks: object, name: str, number: int) -> object:
    """Return the marks of one row of a list of blocks."""
    if marks is True:
        return True
    rows = mapping(marks).get(name)
    if rows is True:
        return True
    listed = rows_of(rows)
    return listed[number] if number < len(listed) else None
