"""The bundled list prices of other clouds: a row a shape and region, with source and day (E24)."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Provider = Literal["aws", "azure", "gcp", "digitalocean", "linode", "hetzner"]
PROVIDERS: tuple[Provider, ...] = get_args(Provider)
# Providers that state a price an hour and no price a month.
HOURLY: frozenset[Provider] = frozenset({"aws", "azure", "gcp"})
ServerClass = Literal["shared", "dedicated", "gpu"]
X86 = "x86_64"


@dataclass(frozen=True, slots=True)
class Source:
    """A source of prices; ``usd`` are the dollars of one unit of its currency, on a day."""

    key: str
    text: str
    licence: str
    day: Literal["stated", "commit", "inferred"]
    month: str
    currency: str = "USD"
    usd: Decimal | None = None
    usd_day: date | None = None


@dataclass(frozen=True, slots=True)
class OtherPlan:
    """A shape that another cloud sells: GiB of memory, dollars a month and an hour.

    ``groups`` are the parts of the world that the price is for, ``gpu_count`` whole GPUs, which
    have ``gpu_memory`` GiB together. ``hour`` is None where the provider's month is the price.
    """

    provider: Provider
    name: str
    kind: ServerClass
    arch: str
    vcpus: Decimal
    memory: Decimal
    gpu: str
    gpu_count: int
    gpu_memory: Decimal | None
    region: str
    groups: frozenset[str]
    hour: Decimal | None
    month: Decimal
    source: Source
    day: date


@cache
def other_plans() -> tuple[OtherPlan, ...]:
    """Return every bundled row."""
    folder = files(__package__ or __name__)
    sources = read_sources(folder.joinpath("sources.toml").read_text("utf-8"))
    return tuple(read_rows(folder.joinpath("prices.csv").read_text("utf-8"), sources))


def read_sources(text: str) -> dict[str, Source]:
    """Return the sources of ``sources.toml`` by their keys."""
    rows: dict[str, dict[str, Any]] = tomllib.loads(text)
    return {
        key: Source(
            key=key,
            text=row["from"],
            licence=row["licence"],
            day=row["day"],
            month=row["month"],
            currency=row.get("currency", "USD"),
            usd=Decimal(row["usd"]) if "usd" in row else None,
            usd_day=row.get("usd_day"),
        )
        for key, row in rows.items()
    }


def read_rows(text: str, sources: Mapping[str, Source]) -> list[OtherPlan]:
    """Return the rows of ``prices.csv``; raises KeyError for a source that is not named."""
    return [_plan(row, sources) for row in csv.DictReader(text.splitlines())]


def oldest_day(plans: Iterable[OtherPlan]) -> date | None:
    """Return the day of the oldest price; None without one."""
    return min((plan.day for plan in plans), default=None)


def _plan(row: Mapping[str, str], sources: Mapping[str, Source]) -> OtherPlan:
    return OtherPlan(
        provider=cast("Provider", row["provider"]),
        name=row["instance"],
        kind=cast("ServerClass", row["class"]),
        arch=row["arch"],
        vcpus=Decimal(row["vcpu"]),
        memory=Decimal(row["memory_gib"]),
        gpu=row["gpu"],
        gpu_count=int(row["gpu_count"] or 0),
        gpu_memory=_number(row["gpu_memory_gib"]),
        region=row["region"],
        groups=frozenset(row["group"].split("+")),
        hour=_number(row["hour_usd"]),
        month=Decimal(row["month_usd"]),
        source=sources[row["source"]],
        day=date.fromisoformat(row["day"]),
    )


def _number(text: str) -> Decimal | None:
    return Decimal(text) if text else None
