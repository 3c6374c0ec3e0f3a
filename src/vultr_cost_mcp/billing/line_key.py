"""Identify the subject of a line, to find it again in another month (D30)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.attribution import name_in
from vultr_cost_mcp.billing.services import is_overage

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import Charge, ChargeLine, Service

Family = Literal["thing", "overage", "discount", "tax"]

# Dates and quantities in a description change from month to month; the subject does not.
_WHEN = re.compile(
    r"\b(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:\s+\d{1,2},?)?\s+\d{4}"
    r"|\d{4}-\d{2}(?:-\d{2})?|\d{1,2}/(?:\d{1,2}/)?\d{4})(?!\w)",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?\s*[KMGT]i?B(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """The subject of a line in every month: its label or address, else the rest of its text.

    Overage, discounts and tax are separate subjects, even with the same label. All tax is one
    subject.
    """

    family: Family
    service: Service
    named: bool
    key: str


def identity_of(charge: Charge) -> Identity:
    """Return the subject of a line: (service, label), else (service, address) (D30)."""
    family = _family_of(charge)
    if family == "tax":
        return Identity(family, charge.service, named=False, key="")
    name = name_in(charge)
    key = name or f"{charge.product} {_SIZE.sub(' ', _undated(charge))}"
    return Identity(family, charge.service, bool(name), key if name else _folded(key))


def display_name(charge: Charge) -> str:
    """Return a display name for the subject of a line; its service if the line names nothing."""
    line = charge
    family = _family_of(charge)
    if family == "tax":
        return "Tax"
    # For a discount or overage the description says more than a label.
    label = name_in(line) if family == "thing" else ""
    return label or _undated(line) or line.product.strip() or charge.service


def sizes_in(line: ChargeLine) -> tuple[str, ...]:
    """Return the sizes that a description states outside its label, such as ``8192 MB``."""
    text = line.description
    label = name_in(line)
    if label:
        before, _, after = text.rpartition(label)
        text = f"{before} {after}"
    return tuple(" ".join(found.split()).upper() for found in _SIZE.findall(text))


def _family_of(charge: Charge) -> Family:
    if charge.service == "Tax":
        return "tax"
    # A negative line is a credit or discount, whatever its service (D2).
    if charge.service == "Credits and Discounts" or charge.total < 0:
        return "discount"
    return "overage" if is_overage(charge) else "thing"


def _undated(line: ChargeLine) -> str:
    return " ".join(_WHEN.sub(" ", line.description).split())


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
