"""What a line of the bill is for, so that the same thing is found again in another month (D30)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vultr_cost_mcp.billing.attribution import name_in
from vultr_cost_mcp.billing.services import is_overage

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.bill import Charge, ChargeLine, Service

Family = Literal["thing", "overage", "discount", "tax"]

# A date or a quantity in a description changes from month to month; the thing does not.
_WHEN = re.compile(
    r"\b(?:(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?(?:\s+\d{1,2},?)?\s+\d{4}"
    r"|\d{4}-\d{2}(?:-\d{2})?|\d{1,2}/(?:\d{1,2}/)?\d{4})(?!\w)",
    re.IGNORECASE,
)
_SIZE = re.compile(r"(?<![\w.])\d+(?:\.\d+)?\s*[KMGT]i?B(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """What is the same thing in every month: by its label or address, else by what lines say.

    Overage, discounts and tax are never the same thing as what is charged for itself, also where
    they carry its label. All tax is one thing.
    """

    family: Family
    service: Service
    named: bool
    key: str


def identity_of(charge: Charge) -> Identity:
    """The thing that a line is for: (service, label), else (service, address) (D30)."""
    family = _family_of(charge)
    if family == "tax":
        return Identity(family, charge.service, named=False, key="")
    name = name_in(charge)
    key = name or f"{charge.product} {_SIZE.sub(' ', _undated(charge))}"
    return Identity(family, charge.service, bool(name), key if name else _folded(key))


def display_name(charge: Charge) -> str:
    """How to call what a line is for; its service where the line says nothing."""
    line = charge
    family = _family_of(charge)
    if family == "tax":
        return "Tax"
    # Of a discount and of overage, what the line says tells more than a label.
    label = name_in(line) if family == "thing" else ""
    return label or _undated(line) or line.product.strip() or charge.service


def sizes_in(line: ChargeLine) -> tuple[str, ...]:
    """The sizes that a description states outside its label, such as ``8192 MB``."""
    text = line.description
    label = name_in(line)
    if label:
        before, _, after = text.rpartition(label)
        text = f"{before} {after}"
    return tuple(" ".join(found.split()).upper() for found in _SIZE.findall(text))


def _family_of(charge: Charge) -> Family:
    if charge.service == "Tax":
        return "tax"
    # A negative line is a credit or a discount, whatever it is on (D2).
    if charge.service == "Credits and Discounts" or charge.total < 0:
        return "discount"
    return "overage" if is_overage(charge) else "thing"


def _undated(line: ChargeLine) -> str:
    return " ".join(_WHEN.sub(" ", line.description).split())


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())
