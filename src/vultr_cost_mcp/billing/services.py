"""Find the service of a line of the bill, from the line alone (rule D11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from vultr_cost_mcp.families.catalog import CATALOG

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.domain.bill import ChargeLine, Service

# Words of invoices in Canada, India, Malaysia, Japan, Latin America and Europe.
_TAXES = (
    "tax",
    "vat",
    "gst",
    "hst",
    "qst",
    "pst",
    "tvq",
    "tps",
    "iva",
    "mwst",
    "tva",
    "btw",
    "moms",
    "sst",
    "jct",
    "kdv",
    "excise",
    # CGST, SGST and IGST of India; words such as EVAT.
    r"[^\W_]+gst",
    r"[^\W_]+vat",
)
_CREDITS = (
    "discount",
    "credit",
    "promo",
    "refund",
    "coupon",
    "voucher",
    "gift",
    "referral",
    "bonus",
)


# Whole words, in the singular or with a plural s: "ip" must not be found in "stripe".
def _pattern(words: Iterable[str]) -> str:
    any_of = "|".join(word.replace(" ", r"[\s_-]+") for word in words)
    return rf"(?<![^\W_])(?:{any_of})(?:e?s)?(?![^\W_])"


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _apart(words: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern of standalone words: not "pst" of "pst-db", which is a label."""
    return _compiled(rf"(?<![^\W_][-_.@]){_pattern(words)}(?![-_.@][^\W\d_])")


# In the catalog's order the first match wins.
_PATTERNS: tuple[tuple[Service, re.Pattern[str]], ...] = tuple(
    (service, _compiled(_pattern(words))) for service, words in CATALOG.words
)
# By the product, and by the description of a line that names no product.
_TAX, _TAX_APART = _compiled(_pattern(_TAXES)), _apart(_TAXES)
_CREDIT, _CREDIT_APART = _compiled(_pattern(_CREDITS)), _apart(_CREDITS)
_OVERAGE = _compiled(_pattern(["overage"]))
# Products with an overage of their own. All other overage is for the bandwidth pool.
_WITH_OVERAGE: tuple[tuple[Service, re.Pattern[str]], ...] = tuple(
    (service, _compiled(_pattern(words))) for service, words in CATALOG.with_overage
)
# Brackets go before parentheses: a label in brackets may hold a parenthesis that closes another.
_ENCLOSED = (re.compile(r"\[.*\]", re.DOTALL), re.compile(r"\(.*\)", re.DOTALL))


def service_of(line: ChargeLine) -> Service:
    """Return the service of a line: tax and credit first, then overage, then by its words (D11).

    The product decides before the description. A label stands in brackets and may say anything, so
    it is left out.
    """
    text = without_enclosed(line.description)
    unit_type = unit_type_of(line)
    by_text = not line.product.strip() and not line.hourly
    if _TAX.search(line.product) or (by_text and _TAX_APART.search(text)):
        return "Tax"
    if (
        unit_type == "discount"
        or _CREDIT.search(line.product)
        or (by_text and _CREDIT_APART.search(text))
    ):
        return "Credits and Discounts"
    if unit_type == "overage":
        return _overage_of(f"{line.product}\n{text}")
    return _first_match(line.product) or _first_match(text) or "Other"


def unit_type_of(line: ChargeLine) -> str:
    """Return the unit type of a line in lower case."""
    return line.unit_type.strip().casefold()


def is_overage(line: ChargeLine) -> bool:
    """Return whether a line is for usage beyond an allowance; a label does not count."""
    words = f"{line.unit_type}\n{line.product}\n{without_enclosed(line.description)}"
    return _OVERAGE.search(words) is not None


def without_enclosed(description: str) -> str:
    """Return a description without the text in brackets or parentheses."""
    for enclosed in _ENCLOSED:
        description = enclosed.sub(" ", description)
    return description


def _first_match(text: str) -> Service | None:
    if _OVERAGE.search(text):
        return _overage_of(text)
    return next((service for service, pattern in _PATTERNS if pattern.search(text)), None)


def _overage_of(text: str) -> Service:
    """Return the product whose overage a text names, else the bandwidth pool's."""
    for service, pattern in _WITH_OVERAGE:
        if pattern.search(text):
            return service
    return "Networking"
