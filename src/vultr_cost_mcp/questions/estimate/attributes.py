"""Attributes of a thing before it exists; some are not known until apply (E12)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast

# Names of plans, tiers and regions are printed; any other text of a plan may be a secret.
_PLAN_NAME = re.compile(r"(?:v[a-z0-9]{2,3}|vultr-dbaas)-[a-z0-9.-]{1,60}")
_SHORT_NAME = re.compile(r"[a-z]{2,4}")
_LARGEST = Decimal(10**9)


def mapping(value: object) -> Mapping[str, object]:
    """Return a JSON object, an empty one for anything else."""
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def is_mapping(value: object) -> bool:
    """Return whether a value is a JSON object."""
    return isinstance(value, Mapping)


def rows_of(value: object) -> Sequence[object]:
    """Return a JSON list, an empty one for anything else."""
    return cast("Sequence[object]", value) if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of one thing; ``linked`` are the things that its ids name (E12)."""

    values: Mapping[str, object]
    unknown: frozenset[str] = frozenset()
    sensitive: frozenset[str] = frozenset()
    nested: Mapping[str, tuple[Attributes, ...]] = field(
        default_factory=dict[str, "tuple[Attributes, ...]"]
    )
    linked: Mapping[str, Attributes] = field(default_factory=dict[str, "Attributes"])

    def text(self, name: str) -> str | None:
        """Return an attribute as text, None where it is not set or not known."""
        value = self.values.get(name)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return str(value)
        return None

    def number(self, name: str) -> Decimal | None:
        """Return an attribute as a number from 0 to a thousand million, None for anything else."""
        value = self.values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return None
        number = Decimal(value)
        return number if number.is_finite() and 0 <= number <= _LARGEST else None

    def whole(self, name: str) -> int | None:
        """Return an attribute as a whole number, None for anything else."""
        number = self.number(name)
        return None if number is None or number != int(number) else int(number)

    def says(self, name: str) -> bool:
        """Return whether an attribute is switched on: true, or ``enabled``."""
        value = self.values.get(name)
        return value is True or (isinstance(value, str) and value.casefold() == "enabled")

    def shown(self, name: str) -> str:
        """Return an attribute as it may be printed: never a sensitive one, and only a name."""
        if name in self.sensitive:
            return "(sensitive)"
        value = self.text(name) or ""
        named = _PLAN_NAME.fullmatch(value) or _SHORT_NAME.fullmatch(value.lower())
        return value if named or value.isdecimal() else "(no plain name)"

    def why_missing(self, name: str) -> str:
        """Return why an attribute has no value that can be used."""
        if name in self.unknown:
            return f"{name} is not known until apply"
        return f"{name} cannot be used" if self.values.get(name) else f"{name} is not set"
