"""An account made of a folder of response bodies, one file a path, as tests/fixtures has them."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .account import Account
from .routes import ROUTES, Route

if TYPE_CHECKING:
    from pathlib import Path


def account_of(folder: Path) -> Account:
    """The account whose double answers like the files of ``folder`` and its ``index.json``.

    A path of one resource belongs to the first row of the list that owns it. Numbers keep their
    digits.
    """
    index: dict[str, dict[str, str]] = _read(folder / "index.json")
    account = Account()
    for route in sorted(ROUTES, key=lambda route: "{" in route.template):
        entry = index[route.template]
        _place(account, route, _read(folder / entry["file"])[entry["envelope"]])
    return account


def _place(account: Account, route: Route, held: Any) -> None:
    if route.kind in {"list", "object"}:
        setattr(account, route.source, held)
    elif route.owners:
        rows = getattr(account, route.owners[0])
        getattr(account, route.source).update({str(row["id"]): held for row in rows[:1]})


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
