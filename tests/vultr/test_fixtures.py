"""Every recorded body goes through its endpoint and its model, and no secret comes out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr._wire import decipher, object_of, page_end, rows_of
from vultr_cost_mcp.vultr.endpoints import Endpoint
from vultr_cost_mcp.vultr.models.fields import Wire

NOW = datetime(2026, 11, 19, 11, 21, tzinfo=UTC)
FIXTURES = Path(__file__).parents[1] / "fixtures"
INDEX: dict[str, dict[str, str]] = json.loads((FIXTURES / "index.json").read_text("utf-8"))
ODD: list[dict[str, str]] = json.loads((FIXTURES / "odd.json").read_text("utf-8"))
MARK = "SECRET"
# Rows that stand in odd bodies on purpose and cannot be read.
UNREADABLE = {"odd/pending-null-row.json": 1, "odd/custom-subscriptions-nested.json": 1}


def shape_of(path: str) -> tuple[str, ...]:
    """A path with its variables made alike: ours and the fixtures' have other names."""
    return tuple("{}" if part.startswith("{") else part for part in path.split("/"))


BY_PATH: dict[tuple[str, ...], Endpoint] = {
    shape_of(endpoint.path): endpoint for endpoint in ENDPOINTS.values()
}


# Recorded because the API has them; the program asks for none of them.
NOT_ASKED = {
    "/backups",
    "/billing/history",
    "/billing/invoices/{invoice-id}",
    "/instances/{instance-id}",
    "/iso",
}
ASKED = sorted(INDEX.keys() - NOT_ASKED)


def models_of(path: str, file: str) -> tuple[list[Any], int]:
    """The models of a recorded body, and how many rows are not readable."""
    endpoint = BY_PATH[shape_of(path)]
    body = decipher(200, {}, (FIXTURES / file).read_bytes(), NOW)
    if endpoint.shape == "list":
        rows = rows_of(body, endpoint.keys)
        page_end(body)
    else:
        found = object_of(body, endpoint.keys)
        rows = list(found.values()) if endpoint.shape == "map" else [found]
    models, unreadable = [], 0
    for row in rows:
        try:
            models.append(endpoint.model.model_validate(row))
        except ValueError:
            unreadable += 1
    return models, unreadable


def filled(value: Any) -> int:
    """How many values of a model are not empty."""
    if isinstance(value, Wire):
        return sum(filled(getattr(value, name)) for name in type(value).model_fields)
    if isinstance(value, (tuple, list)):
        return sum(map(filled, value))
    if isinstance(value, dict):
        return sum(map(filled, value.values()))
    return int(value is not False and value not in (None, ""))


def test_what_is_not_asked_for_has_no_endpoint() -> None:
    assert {path for path in INDEX if shape_of(path) not in BY_PATH} == NOT_ASKED


@pytest.mark.parametrize("path", ASKED)
def test_each_recorded_body_is_read_whole_and_without_its_secrets(path: str) -> None:
    """Every row of every endpoint becomes a model that holds figures and no secret."""
    models, unreadable = models_of(path, INDEX[path]["file"])
    assert unreadable == 0
    assert models
    assert all(filled(model) for model in models)
    assert MARK not in repr(models)


def test_the_recorded_bodies_do_hold_secrets() -> None:
    """The test above would prove nothing otherwise."""
    marked = [entry["file"] for entry in INDEX.values() if MARK in _text(entry["file"])]
    assert len(marked) >= 8


def _text(file: str) -> str:
    return (FIXTURES / file).read_text("utf-8")


@pytest.mark.parametrize("entry", ODD, ids=lambda entry: Path(entry["file"]).stem)
def test_each_odd_body_is_read_but_for_the_rows_that_are_damaged(entry: dict[str, str]) -> None:
    """Bodies that Vultr has sent are understood: only true damage costs a row."""
    models, unreadable = models_of(entry["path"], entry["file"])
    assert unreadable == UNREADABLE.get(entry["file"], 0)
    assert not models or any(filled(model) for model in models)
    assert MARK not in repr(models)


def test_every_endpoint_has_a_recorded_body() -> None:
    """An endpoint without one would be read by nobody's proof."""
    recorded = {shape_of(path) for path in INDEX}
    missing = {name for name, row in ENDPOINTS.items() if shape_of(row.path) not in recorded}
    assert not missing
