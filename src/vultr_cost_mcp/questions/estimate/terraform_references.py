"""Resolve values that are not known until apply, by the configuration (rule E12)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.questions.estimate.attributes import Attributes, mapping, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MODULE = re.compile(r"module\.([A-Za-z0-9_-]+)(?:\[(?:\"(?:[^\"\\]|\\.)*\"|[0-9]+)\])?\.?")
_RESOURCE = re.compile(r"[A-Za-z0-9_]+\.[A-Za-z0-9_-]+")
IDS = ("cluster_id", "database_id", "instance_id")
COPIED = ("plan", "region", "size_gb", "block_type", "nodes", "node_quantity", "tier_id")


@dataclass(frozen=True, slots=True)
class References:
    """The resources of a plan, by address and by id, with their configuration."""

    by_address: Mapping[str, Mapping[str, object]]
    by_id: Mapping[str, Mapping[str, object]]
    root: Mapping[str, object] = field(default_factory=dict[str, object])

    @classmethod
    def of(cls, plan: Mapping[str, object], rows: Sequence[Mapping[str, object]]) -> References:
        """Index a plan's resources."""
        by_address: dict[str, Mapping[str, object]] = {}
        by_id: dict[str, Mapping[str, object]] = {}
        for row in rows:
            address = row.get("address")
            if isinstance(address, str) and "deposed" not in row:
                by_address[address] = row
            known = mapping(mapping(row.get("change")).get("before")).get("id")
            if isinstance(known, str) and known:
                by_id[known] = row
        root = mapping(mapping(plan.get("configuration")).get("root_module"))
        return cls(by_address, by_id, root)

    def resolved(self, given: Attributes, row: Mapping[str, object], side: str) -> Attributes:
        """Return one side's attributes with their references resolved.

        That are the things that ids name, as they are on the same side, and copied values.
        """
        linked = {
            name: target
            for name in IDS
            if (target := self._thing(name, given, row, side)) is not None
        }
        copied = {
            name: value
            for name in COPIED
            if name in given.unknown and (value := self._copied(name, row)) is not None
        }
        return replace(
            given,
            linked=linked,
            values={**given.values, **copied},
            unknown=given.unknown - copied.keys(),
        )

    def _thing(
        self, name: str, given: Attributes, row: Mapping[str, object], side: str
    ) -> Attributes | None:
        known = given.text(name)
        target = self.by_id.get(known) if known is not None else self._target(name, row)
        return None if target is None else _plain(target, side)

    def _copied(self, name: str, row: Mapping[str, object]) -> object | None:
        target = self._target(name, row)
        if target is None or f".{name}" not in self._last(name, row):
            return None
        return _plain(target, "after").values.get(name)

    def _last(self, name: str, row: Mapping[str, object]) -> str:
        return next(iter(self._named(name, row)), "")

    def _target(self, name: str, row: Mapping[str, object]) -> Mapping[str, object] | None:
        """Return the one resource of the same module that an attribute refers to."""
        named = self._named(name, row)
        found = {match[0] for text in named if (match := _RESOURCE.match(text))}
        if len(found) != 1 or len(named) > 2:  # noqa: PLR2004  (two entries are one edge)
            return None
        (address,) = found
        module = row.get("module_address")
        prefix = f"{module}." if isinstance(module, str) and module else ""
        return self.by_address.get(prefix + address)

    def _named(self, name: str, row: Mapping[str, object]) -> list[str]:
        expressions = mapping(self._configured(row).get("expressions"))
        listed = rows_of(mapping(expressions.get(name)).get("references"))
        return [text for text in listed if isinstance(text, str)]

    def _configured(self, row: Mapping[str, object]) -> Mapping[str, object]:
        module = self.root
        address = row.get("module_address")
        for name in _MODULE.findall(address if isinstance(address, str) else ""):
            calls = mapping(module.get("module_calls"))
            module = mapping(mapping(calls.get(name)).get("module"))
        wanted = (row.get("type"), row.get("name"))
        for candidate in map(mapping, rows_of(module.get("resources"))):
            if (candidate.get("type"), candidate.get("name")) == wanted:
                return candidate
        return {}


def _plain(row: Mapping[str, object], side: str) -> Attributes:
    """Return a referenced resource on one side, else on the other."""
    change = mapping(row.get("change"))
    other = "before" if side == "after" else "after"
    stated = mapping(change.get(side)) or mapping(change.get(other))
    return Attributes({name: stated[name] for name in (*COPIED, "id") if name in stated})
