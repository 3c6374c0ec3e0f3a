"""Find the service of a line of the bill, from the line alone (rule D11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.domain.bill import ChargeLine, Service
    from vultr_cost_mcp.domain.resource import Kind

# The service of each kind's lines. Lines of servers may be of another compute service too.
OWN_SERVICE: dict[Kind, Service] = {
    "instance": "Cloud Compute",
    "gpu_instance": "Cloud GPU",
    "bare_metal": "Bare Metal",
    "gpu_bare_metal": "Bare Metal",
    "gpu_cluster": "Bare Metal",
    "kubernetes_node": "Cloud Compute",
    "kubernetes_control_plane": "Kubernetes",
    "database": "Managed Databases",
    "block_storage": "Block Storage",
    "block_snapshot": "Snapshots",
    "object_storage": "Object Storage",
    "file_system": "File System",
    "storage_gateway": "File System",
    "snapshot": "Snapshots",
    "load_balancer": "Load Balancers",
    "reserved_ip": "Networking",
    "nat_gateway": "Networking",
    "registry": "Container Registry",
    "cdn": "CDN",
    "inference": "Inference",
    "subscription": "Support and Subscriptions",
}

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
# The first match in this order wins: a "Kubernetes Load Balancer" is Kubernetes.
_WORDS: tuple[tuple[Service, tuple[str, ...]], ...] = (
    ("Networking", ("overage", "bandwidth", "reserved ip", "nat gateway", "vpc", "ddos")),
    ("Backups", ("backup",)),
    ("Snapshots", ("snapshot",)),
    ("Bare Metal", ("bare metal",)),
    ("Cloud GPU", ("gpu",)),
    ("Kubernetes", ("kubernetes", "vke")),
    ("Managed Databases", ("database",)),
    ("Block Storage", ("block storage",)),
    ("Object Storage", ("object storage",)),
    ("File System", ("file system", "vfs", "storage gateway")),
    ("Load Balancers", ("load balancer",)),
    ("Container Registry", ("registry", "registries")),
    ("CDN", ("cdn",)),
    ("Inference", ("inference",)),
    ("Support and Subscriptions", ("subscription", "support", "license", "licence")),
    ("Cloud Compute", ("compute", "instance")),
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


_PATTERNS: tuple[tuple[Service, re.Pattern[str]], ...] = tuple(
    (service, _compiled(_pattern(words))) for service, words in _WORDS
)
# By the product, and by the description of a line that names no product.
_TAX, _TAX_APART = _compiled(_pattern(_TAXES)), _apart(_TAXES)
_CREDIT, _CREDIT_APART = _compiled(_pattern(_CREDITS)), _apart(_CREDITS)
_OVERAGE = _compiled(_pattern(["overage"]))
# Products with an overage of their own. All other overage is for the bandwidth pool.
_WITH_OVERAGE: tuple[tuple[Service, re.Pattern[str]], ...] = (
    ("Object Storage", _compiled(_pattern(["object storage"]))),
    ("CDN", _compiled(_pattern(["cdn"]))),
    ("Inference", _compiled(_pattern(["inference"]))),
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
