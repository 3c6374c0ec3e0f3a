"""The dated price table: prices missing from the API, from one data file."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

_DAY = "as_of"


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Dollars by name, as of ``as_of``."""

    as_of: date
    prices: Mapping[str, Decimal]

    def __getitem__(self, name: str) -> Decimal:
        return self.prices[name]


def price_table(overrides: Mapping[str, Any] | None = None) -> PriceTable:
    """Return the built-in price table with a user's own prices on top.

    Raises ConfigError for an unknown name or a price that is not a number.
    """
    rows = tomllib.loads(
        files("vultr_cost_mcp.families").joinpath("price_table.toml").read_text("utf-8")
    )
    as_of = rows.pop(_DAY)
    for name, price in (overrides or {}).items():
        if name not in rows:
            msg = f"Unknown price '{name}' in the configuration file; known: {', '.join(rows)}."
            raise ConfigError(msg)
        rows[name] = price
    return PriceTable(as_of, {name: _price(name, price) for name, price in rows.items()})


def _price(name: str, value: Any) -> Decimal:
    try:
        price = Decimal(str(value))
    except InvalidOperation as error:
        msg = f"The price '{name}' in the configuration file is not a number."
        raise ConfigError(msg) from error
    if not price.is_finite() or price < 0:
        msg = f"The price '{name}' in the configuration file is not a price."
        raise ConfigError(msg)
    return price
