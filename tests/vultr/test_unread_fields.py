"""A field that nobody reads is not declared: each costs a check of every row."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from tests.support.api import Bodies, assembled, bodies_of, listed, part_at, row_of
from tests.vultr.test_fixtures import ASKED, FIXTURES, INDEX
from vultr_cost_mcp.domain.resource import KINDS
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr.models.fields import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Fields that no answer is made of, with their readers.
READ_BESIDE = {("Account", "acls"): "doctor names the permissions of the key's user"}


def recorded() -> Bodies:
    """Return every recorded body by its path, the ones of one resource with the first's id."""
    bodies = {path: loaded(FIXTURES / INDEX[path]["file"]) for path in ASKED}
    return {_with_id(path, bodies): body for path, body in bodies.items()}


def _with_id(path: str, bodies: Bodies) -> str:
    of_list, variable, rest = path.partition("/{")
    if not variable:
        return path
    rows = bodies[of_list][ENDPOINTS[part_at(of_list)[0]].keys[0]]
    return f"{of_list}/{rows[0]['id']}{rest.partition('}')[2]}"


def loaded(file: Path) -> Any:
    return json.loads(file.read_text("utf-8"), parse_float=Decimal)


def sparse() -> Bodies:
    """Return rows that lack a field which another one stands in for."""
    store = row_of("object_storage")
    return {
        **listed("/object-storage", {**store, "tier": {"price": 18, "slug": "tier_010k_5000m"}}),
        **listed("/clusters", row_of("gpu_cluster", plan=..., instances=[])),
        **listed("/subaccounts", {"id": "s1", "email": "a@example.com"}),
        **listed("/plans", {"id": "vc2-1c-1gb", "monthly_cost": 5}),
    }


def declared(models: Iterable[type[Wire]] = ()) -> Iterator[tuple[str, str]]:
    """Yield the name of every model with each field that it declares itself."""
    for model in models or Wire.__subclasses__():
        yield from ((model.__name__, field) for field in vars(model).get("__annotations__", {}))
        if model.__subclasses__():
            yield from declared(model.__subclasses__())


def fields_read(*accounts: Bodies, monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, str]]:
    """Assemble each account; return the fields that were read, by their declaring model."""
    found: set[tuple[str, str]] = set()

    def recording(row: Wire, name: str) -> Any:
        found.update(
            (model.__name__, name)
            for model in type(row).__mro__
            if name in vars(model).get("__annotations__", {})
        )
        return BaseModel.__getattribute__(row, name)

    with monkeypatch.context() as patch:
        patch.setattr(Wire, "__getattribute__", recording, raising=False)
        for bodies in accounts:
            assembled(bodies)
    return found


def test_every_declared_field_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not needed for cost is dropped where it comes in: delete the field."""
    accounts = (recorded(), sparse(), *(bodies_of(kind) for kind in KINDS))
    read = fields_read(*accounts, monkeypatch=monkeypatch)
    assert sorted(set(declared()) - read - set(READ_BESIDE)) == []
    assert set(READ_BESIDE) <= set(declared())


def test_a_field_that_nobody_reads_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would prove nothing otherwise."""
    read = fields_read({}, monkeypatch=monkeypatch)
    assert ("Block", "cost") in set(declared()) - read


def test_every_recorded_path_has_its_endpoint() -> None:
    assert {part_at(path)[0] for path in ASKED} == set(ENDPOINTS)
