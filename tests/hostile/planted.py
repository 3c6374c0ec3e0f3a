"""Secrets in every place where the API keeps one, each of them another, and where they came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx

from tests.contracts.test_secrets import SECRETS
from tests.support.double import Account, Fault, VultrDouble, account_of
from tests.support.stage import FIXTURES, StagedTransport

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.double.faults import Reply, Visit

# Secrets by the account's collection, beside what every row is given.
NAMED: dict[str, tuple[str, ...]] = {
    "instances": ("default_password", "kvm", "user_data", "script_id_secret"),
    "bare_metals": ("default_password", "user_data"),
    "object_storages": ("s3_access_key", "s3_secret_key"),
    "databases": ("password", "access_key", "access_cert", "ca_certificate", "host_password"),
    "inference": ("api_key",),
    "registries": ("robot_password",),
    "load_balancers": ("ssl_cert_b64", "ssl_key_b64"),
    "account": ("bgp_password", "password"),
    "vke_clusters": ("kube_config", "client_key"),
}
# Objects in which the API hides one a level deeper.
DEEP: dict[str, tuple[str, ...]] = {
    "registries": ("root_user", "public_credentials"),
    "databases": ("ferretdb_credentials", "public_users", "trusted_ips"),
    "load_balancers": ("ssl", "auto_ssl", "ssl_info"),
    "vke_clusters": ("oidc_config",),
    "account": ("bgp",),
}


@dataclass
class Vault:
    """Every secret that was planted, by where."""

    known: dict[str, str] = field(default_factory=dict)

    def new(self, place: str) -> str:
        """A secret that no other place has."""
        secret = f"S3C-{sha256(place.encode()).hexdigest()[:24]}"
        self.known[secret] = place
        return secret

    def found_in(self, text: str | bytes, where: str) -> list[str]:
        """The places whose secrets stand in a text, as they are or as bytes are escaped."""
        told = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        return [f"{place} in {where}" for secret, place in self.known.items() if secret in told]


def planted() -> tuple[Account, Vault]:
    """The recorded account with a secret in every secret-bearing field of every row."""
    vault, account = Vault(), account_of(FIXTURES)
    for collection, held in vars(account).items():
        for number, row in enumerate(_rows(held)):
            _plant(row, f"{collection}[{number}]", collection, vault)
    return account, vault


def _rows(held: Any) -> list[dict[str, Any]]:
    """Every object of a collection with a plain field, those in lists and maps too."""
    values = list(held.values()) if isinstance(held, dict) else held
    if not isinstance(values, list):
        return []
    found = [row for value in values for row in _rows(value)]
    if isinstance(held, dict) and any(not isinstance(value, (dict, list)) for value in values):
        found.append(held)
    return found


def _plant(row: dict[str, Any], place: str, collection: str, vault: Vault) -> None:
    names = {*SECRETS, *NAMED.get(collection, ())}
    for name in sorted(names):
        row[name] = vault.new(f"{place}.{name}")
    for name in DEEP.get(collection, ()):
        deep = {part: vault.new(f"{place}.{name}.{part}") for part in ("password", "secret_key")}
        row[name] = [deep, {"users": [deep]}] if name.endswith("s") else deep


@dataclass(frozen=True, slots=True)
class Headers(Fault):
    """Secrets in the headers of an answer."""

    headers: tuple[tuple[str, str], ...]

    def reply(self, reply: Reply, visit: Visit) -> Reply:
        """The reply with these headers."""
        del visit
        return replace(reply, headers=(*reply.headers, *self.headers))


class LeakyTransport(StagedTransport):
    """A network whose exceptions carry secrets, on the paths that end so."""

    def __init__(self, double: VultrDouble, error: Exception, *ends: str) -> None:
        super().__init__(double)
        self._error = error
        self._ends = ends
        self.seen: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Fail, or answer as the double would."""
        self.seen.append(request)
        if self._ends and request.url.path.endswith(self._ends):
            raise self._error
        return await super().handle_async_request(request)


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every byte that lies in a folder."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            yield file.name, file.read_bytes()


def sent(double: VultrDouble) -> str:
    """Everything that was sent to the double but the key in its header and its own cookies."""
    rows = []
    own = {"authorization", "cookie"}
    for request in double.requests:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in own}
        rows.append(f"{request.method} {request.path} {request.query} {headers}")
    return "\n".join(rows)
