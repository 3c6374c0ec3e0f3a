"""Cut a plan's JSON down to the fields in use: a tenth of the size, and no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.questions.estimate.attributes import is_mapping, mapping, rows_of
from vultr_cost_mcp.questions.estimate.terraform_plan import FIELDS, NESTED
from vultr_cost_mcp.questions.estimate.terraform_references import COPIED, IDS

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOP = ("format_version", "terraform_version", "errored", "complete")
_OF_ROW = ("address", "module_address", "mode", "type", "name", "index", "deposed")
_HIDDEN = "(sensitive)"


def reduced(plan: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of a plan that an estimate reads; sensitive values are left out."""
    short: dict[str, object] = {name: plan[name] for name in _TOP if name in plan}
    if "resource_changes" in plan:
        short["resource_changes"] = [
            _row(mapping(row)) for row in rows_of(plan["resource_changes"]) if _is_ours(row)
        ]
    else:
        short["planned_values"] = {}
    deferred = [mapping(row) for row in rows_of(plan.get("deferred_changes"))]
    if deferred:
        short["deferred_changes"] = [
            {"reason": row.get("reason"), "resource_change": _row(mapping(row["resource_change"]))}
            for row in deferred
            if "resource_change" in row
        ]
    root = mapping(mapping(plan.get("configuration")).get("root_module"))
    if module := _module(root):
        short["configuration"] = {"root_module": module}
    return short


def _is_ours(row: object) -> bool:
    kind = mapping(row).get("type")
    return not isinstance(kind, str) or kind.startswith("vultr_")


def _row(row: Mapping[str, object]) -> dict[str, object]:
    change = mapping(row.get("change"))
    sides = {
        side: _side(mapping(change[side]), change.get(f"{side}_sensitive"))
        for side in ("before", "after")
        if is_mapping(change.get(side))
    }
    unknown = _marks(change.get("after_unknown"))
    short: dict[str, object] = {name: row[name] for name in _OF_ROW if name in row}
    short["change"] = {
        **({"actions": change["actions"]} if "actions" in change else {}),
        **sides,
        **({"after_unknown": unknown} if unknown else {}),
    }
    return short


def _side(stated: Mapping[str, object], sensitive: object) -> dict[str, object]:
    short: dict[str, object] = {
        name: _HIDDEN if sensitive is True or mapping(sensitive).get(name) else stated[name]
        for name in FIELDS
        if stated.get(name) not in (None, "", [])
    }
    for name, inner in NESTED.items():
        rows = rows_of(stated.get(name))
        if rows and not (sensitive is True or mapping(sensitive).get(name) is True):
            short[name] = [
                {field: mapping(row)[field] for field in inner if field in mapping(row)}
                for row in rows
            ]
    return short


def _marks(marks: object) -> object:
    """Return which of the fields that are read are marked at true."""
    if marks is True:
        return True
    short: dict[str, object] = {
        name: True for name in (*FIELDS, *NESTED) if mapping(marks).get(name) is True
    }
    for name, inner in NESTED.items():
        rows = [
            {field: True for field in inner if mapping(row).get(field) is True}
            for row in rows_of(mapping(marks).get(name))
        ]
        if any(rows):
            short[name] = rows
    return short


def _module(module: Mapping[str, object]) -> dict[str, object]:
    resources = [
        {"type": row.get("type"), "name": row.get("name"), "expressions": named}
        for row in map(mapping, rows_of(module.get("resources")))
        if (named := _references(mapping(row.get("expressions"))))
    ]
    calls = {
        name: {"module": inner}
        for name, call in mapping(module.get("module_calls")).items()
        if (inner := _module(mapping(mapping(call).get("module"))))
    }
    return {
        **({"resources": resources} if resources else {}),
        **({"module_calls": calls} if calls else {}),
    }


def _references(expressions: Mapping[str, object]) -> dict[str, object]:
    return {
        name: {"references": mapping(expressions[name])["references"]}
        for name in (*COPIED, *IDS)
        if "references" in mapping(expressions.get(name))
    }
