"""Which service a line of the bill is for, from the line alone (rule D11)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vultr_cost_mcp.domain.bill import ChargeLine, Service
    from vultr_cost_mcp.domain.resource import Kind

# The service that the lines of a kind are for; servers' may be of another compute service too.
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

# In this order the first match wins: a "Kubernetes Load Balancer" is Kubernetes.
_WORDS: tuple[tuple[Service, tuple[str, ...]], ...] = (
    ("Tax", ("tax", "vat", "gst")),
    ("Credits and Discounts", ("discount", "credit", "promo")),
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
def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    any_of = "|".join(word.replace(" ", r"[\s_-]+") for word in words)
    return re.compile(rf"(?<![^\W_])(?:{any_of})(?:e?s)?(?![^\W_])", re.IGNORECASE)


_PATTERNS: tuple[tuple[Service, re.Pattern[str]], ...] = tuple(
    (service, _pattern(words)) for service, words in _WORDS
)
# Brackets go before parentheses: a label in brackets may hold a parenthesis that closes another.
_ENCLOSED = (re.compile(r"\[.*\]", re.DOTALL), re.compile(r"\(.*\)", re.DOTALL))


def service_of(line: ChargeLine) -> Service:
    """The service of a line: its unit type decides, then its product, then its description."""
    unit_type = line.unit_type.strip().casefold()
    if unit_type == "overage":
        return "Networking"
    if unit_type == "discount":
        return "Credits and Discounts"
    return (
        _first_match(line.product)
        # A label stands in brackets and may say anything: it is left out.
        or _first_match(without_enclosed(line.description))
        or "Other"
    )


def without_enclosed(description: str) -> str:
    """A description without what stands in brackets or parentheses."""
    for enclosed in _ENCLOSED:
        description = enclosed.sub(" ", description)
    return description


def _first_match(text: str) -> Service | None:
    return next((service for service, pattern in _PATTERNS if pattern.search(text)), None)
