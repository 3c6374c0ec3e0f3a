"""Completions: from the store and the public lists, quickly or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client
from mcp.types import PromptReference, ResourceTemplateReference

from tests.support.nouns import snapshot
from tests.support.world import Taking
from vultr_cost_mcp.domain.accounts import Kept
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.history import DisabledHistory, StoredInvoice
from vultr_cost_mcp.domain.invoice import Invoice
from vultr_cost_mcp.errors import StoreError, TransportError
from vultr_cost_mcp.prompts import completion
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.snapshot import Snapshot

pytestmark = pytest.mark.anyio
REVIEW = PromptReference(name="monthly_review")
BUYING = PromptReference(name="before_i_buy")


def kept(customer: str, first: datetime | None, last: datetime | None) -> Kept:
    return Kept(customer, 1, 0, 0, 0, first, last)


class Stored(DisabledHistory):
    """A history of what is kept of accounts, by the names that they have."""

    def __init__(self, rows: dict[str, Kept]) -> None:
        super().__init__()
        self._rows = rows

    async def named(self, name: str) -> list[str]:
        """Return the id of the account of that name."""
        return [self._rows[name].customer_id] if name in self._rows else []

    async def kept(self) -> list[Kept]:
        """Return what is kept of every account."""
        return list(self._rows.values())


class Invoiced(Stored):
    """A history that has an invoice of May 2024 for every account."""

    async def invoices(self, customer_id: str) -> list[StoredInvoice]:
        """Return the one invoice."""
        at = datetime(2024, 6, 1, tzinfo=UTC)
        return [StoredInvoice(Invoice(customer_id, at, Decimal(1)), "2024-05", ())]


class Broken(Stored):
    """A history that fails."""

    async def kept(self) -> list[Kept]:
        """Raise StoreError."""
        msg = "The history is away."
        raise StoreError(msg)


PROD = kept("p", datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
DEV = kept("d", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC))


async def values(
    reference: Any, argument: str, value: str, context: dict[str, str] | None = None, **of: Backend
) -> list[str]:
    """Return what completes an argument."""
    async with Client(build_server(of, "0")) as client:
        asked = {"name": argument, "value": value}
        return (await client.complete(reference, asked, context)).completion.values


def backend(history: DisabledHistory | None = None) -> Backend:
    return Backend(Taking(snapshot([])), history or DisabledHistory())


async def test_months_are_those_in_the_store_the_newest_first() -> None:
    store = Stored({"prod": PROD})
    found = await values(REVIEW, "month", "", prod=backend(store))
    assert found == ["current_month", "last_month", "2026-02", "2026-01", "2025-12"]
    assert await values(REVIEW, "month", "decem", prod=backend(store)) == ["2025-12"]


async def test_months_of_stored_invoices_count() -> None:
    store = Invoiced({"prod": replace(PROD, invoices=1)})
    assert await values(REVIEW, "month", "may", prod=backend(store)) == ["2024-05"]


async def test_services_are_completed_by_any_part_of_their_names() -> None:
    why = PromptReference(name="why_did_it_change")
    assert await values(why, "service", "storage", x=backend()) == [
        "Block Storage",
        "Object Storage",
    ]


async def test_months_are_those_of_the_account_that_was_chosen() -> None:
    store = Stored({"prod": PROD, "dev": DEV})
    both = {"prod": backend(store), "dev": backend(store)}
    assert await values(REVIEW, "month", "2026-", {"account": "dev"}, **both) == ["2026-05"]
    every = await values(REVIEW, "month", "20", {"account": "all"}, **both)
    assert set(every) == {"2026-02", "2026-01", "2025-12", "2026-05"}


@pytest.mark.parametrize(
    "history", [DisabledHistory(), Broken({}), Stored({"a": kept("a", None, None)})]
)
async def test_without_a_store_the_words_remain(history: DisabledHistory) -> None:
    assert await values(REVIEW, "month", "", x=backend(history)) == ["current_month", "last_month"]


@pytest.mark.parametrize("argument", ["tag", "what", "", "region", "no such"])
async def test_free_text_and_unknown_arguments_have_no_values(argument: str) -> None:
    assert await values(REVIEW, argument, "", x=backend()) == []
    assert await values(PromptReference(name="no such"), argument, "", x=backend()) == []
    template = ResourceTemplateReference(uri="vultr-cost://other/{rule}")
    assert await values(template, argument, "", x=backend()) == []


async def test_a_list_that_cannot_be_read_completes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither does one that takes too long."""

    async def fails(*_: object, **__: object) -> Snapshot:
        msg = "Vultr is away."
        raise TransportError(msg)

    async def hangs(*_: object, **__: object) -> Snapshot:
        await anyio.sleep_forever()
        raise AssertionError

    monkeypatch.setattr(completion, "_SECONDS", 0.05)
    for take in (fails, hangs):
        assert await values(BUYING, "region", "", x=Backend(take)) == []
        assert await values(BUYING, "plan", "", x=Backend(take)) == []


async def test_a_long_list_says_that_there_is_more() -> None:
    found = completion.completed({f"v{number}": "" for number in range(250)}, "")
    assert (len(found.values), found.total, found.has_more) == (100, 250, True)
