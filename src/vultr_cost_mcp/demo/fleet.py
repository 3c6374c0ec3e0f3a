"""The cloud servers that the company has and had."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vultr_cost_mcp.demo.servers import BACKUPS, DDOS, Server, server_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vultr_cost_mcp.demo.bill import Line, Period

_WEB = "env:prod team:web project:storefront"
_FLEET = "env:prod team:fleet project:atlas"
_GRASP = "env:dev team:perception project:grasp"
_ALL_FEATURES = f"{BACKUPS} {DDOS} ipv6"
_BACKED_UP = f"{BACKUPS} ipv6"
_PROTECTED = f"{DDOS} ipv6"
_A100 = "vcg-a100-12c-120g-80vram"

# Each on a line or two, which the formatter would make nine.
# fmt: off
SERVERS = (
    Server(
        "web-01", "vhp-4c-8gb-amd", "ewr", "203.0.113.10", "2025-02-11T09:30",
        tags=_WEB, out_mb=310_000, features=_ALL_FEATURES,
    ),
    Server(
        "web-02", "vhp-4c-8gb-amd", "ewr", "203.0.113.11", "2025-02-11T09:42",
        tags=_WEB, out_mb=295_000, features=_ALL_FEATURES,
    ),
    Server(
        "api-01", "vhf-4c-16gb", "ewr", "203.0.113.20", "2024-09-03T13:05",
        tags=_FLEET, out_mb=340_000, features=_BACKED_UP,
        earlier=(("vhf-3c-8gb", "2026-03-10T08:00"),),
    ),
    Server(
        "gateway-ams", "vhf-3c-8gb", "ams", "198.51.100.10", "2025-05-20T07:15",
        tags=_FLEET, out_mb=96_000, features=_PROTECTED,
    ),
    Server(
        "gateway-sao", "vc2-2c-4gb", "sao", "198.51.100.30", "2026-01-15T16:20",
        tags=_FLEET, out_mb=41_000,
    ),
    Server(
        "video-relay", "voc-c-4c-8gb-75s-amd", "ewr", "203.0.113.30", "2025-06-17T10:00",
        tags=_FLEET, out_mb=1_000_000,
    ),
    Server(
        "map-builder", "voc-g-4c-16gb-80s-amd", "ewr", "203.0.113.31", "2025-03-04T11:10",
        tags="env:prod team:mapping project:atlas", out_mb=58_000,
    ),
    Server(
        "telemetry-ingest", "vx1-g-4c-16g-240s", "ewr", "203.0.113.32", "2026-02-24T14:45",
        tags="env:prod team:data project:telemetry", out_mb=120_000,
    ),
    Server(
        "sim-worker", "vhp-8c-16gb-amd", "fra", "198.51.100.50", "2026-08-03T06:00",
        tags="env:dev team:simulation project:grasp", out_mb=22_000, preemptible=True,
    ),
    Server(
        "perception-infer", "vcg-a16-6c-64g-16vram", "ewr", "203.0.113.40", "2026-05-12T12:00",
        tags="env:prod team:perception project:atlas", out_mb=74_000,
    ),
    Server(
        "grasp-trainer", _A100, "ewr", "203.0.113.41", "2026-08-17T15:30",
        tags=_GRASP, stopped=True,
    ),
    Server(
        "slam-lab", "vcg-a40-24c-120g-48vram", "sjc", "192.0.2.40", "2026-04-02T18:00",
        tags="env:dev team:mapping project:atlas", out_mb=36_000,
    ),
    Server(
        "annotation-preview", "vcg-a100-1c-6g-4vram", "ewr", "203.0.113.42", "2026-07-06T09:00",
        tags=_GRASP, out_mb=2,
    ),
    Server(
        "staging-web", "vc2-4c-8gb", "ewr", "203.0.113.50", "2025-07-01T08:20",
        tags="env:staging team:web project:storefront", out_mb=6_400,
        earlier=(("vc2-2c-4gb", "2026-11-09T10:20"),),
    ),
    Server(
        "staging-api", "vc2-4c-8gb", "ewr", "203.0.113.51", "2025-07-01T08:35",
        tags="env:staging team:fleet project:atlas", features=_BACKED_UP, stopped=True,
    ),
    Server(
        "demo-kiosk", "vc2-2c-4gb", "sjc", "192.0.2.60", "2025-09-09T17:00",
        tags="keep env:demo team:sales", stopped=True,
    ),
    Server(
        "loadgen-old", "vhf-2c-4gb", "fra", "198.51.100.60", "2026-03-23T10:10",
        stopped=True,
    ),
    Server(
        "partner-sftp", "vc2-1c-2gb", "ewr", "203.0.113.61", "2025-11-12T12:30",
        tags="env:prod team:data", suspended=True,
    ),
    Server(
        "old-dashboard", "vc2-2c-4gb", "ewr", "203.0.113.62", "2024-10-08T09:00",
        tags="env:prod team:data", out_mb=3,
    ),
    Server(
        "mail-relay", "vc2-1c-1gb", "ewr", "203.0.113.63", "2024-06-18T08:00", out_mb=420,
    ),
    Server(
        "ci-runner", "vc2-6c-16gb", "ewr", "203.0.113.64", "2025-08-26T07:40",
        tags="env:dev team:platform", out_mb=18_500,
    ),
    Server(
        "hotfix-bench", "vhp-4c-12gb-amd", "ewr", "203.0.113.90", "2026-11-14T09:12",
        out_mb=1_900,
    ),
    Server(
        "core-5d1e07", "vc2-4c-8gb", "ewr", "203.0.113.70", "2025-12-02T10:00",
        tags="env:prod team:fleet", out_mb=88_000, pool="core",
    ),
    Server(
        "core-5d1e22", "vc2-4c-8gb", "ewr", "203.0.113.71", "2025-12-02T10:00",
        tags="env:prod team:fleet", out_mb=83_000, pool="core",
    ),
    Server(
        "edge-b80c14", "vhp-2c-4gb-amd", "ewr", "203.0.113.80", "2026-06-22T11:30",
        out_mb=15_000, unlisted=True, pool="edge",
    ),
    Server(
        "edge-b80c3f", "vhp-2c-4gb-amd", "ewr", "203.0.113.81", "2026-06-22T11:30",
        out_mb=14_000, unlisted=True, pool="edge",
    ),
    # Destroyed ones explain past invoices and one line of this month, whose address hotfix-bench
    # has since got.
    Server(
        "load-test-runner", "vhf-8c-32gb", "ewr", "203.0.113.90", "2026-09-21T08:00",
        out_mb=9_000, gone="2026-11-06T16:40",
    ),
    Server(
        "grasp-trainer-trial", _A100, "ewr", "203.0.113.91", "2026-02-03T10:00",
        out_mb=20_000, gone="2026-05-19T17:30",
    ),
    Server(
        "marketing-site", "vhf-1c-2gb", "fra", "198.51.100.70", "2024-11-05T10:00",
        out_mb=7_000, gone="2026-01-22T09:15",
    ),
)
# fmt: on


def listed_servers() -> list[Server]:
    """The servers that ``/instances`` shows."""
    return [server for server in SERVERS if server.is_listed]


def pool_nodes(pool: str) -> list[Server]:
    """The nodes of a Kubernetes pool, listed under ``/instances`` or not."""
    return [server for server in SERVERS if server.pool == pool]


def lines(period: Period) -> Iterator[Line]:
    """All servers' lines in a period."""
    for server in SERVERS:
        yield from server_lines(server, period)
