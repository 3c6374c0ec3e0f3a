"""Serverless inference as the API sends it, and as resources."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from vultr_cost_mcp.domain.resource import Resource
from vultr_cost_mcp.families.family_wire import Family
from vultr_cost_mcp.money import ZERO, total_of
from vultr_cost_mcp.vultr.endpoints import Endpoint, list_of
from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    AS_ROWS,
    Id,
    Instant,
    Number,
    Text,
    Wire,
)
from vultr_cost_mcp.vultr.rights import VIEW, Right

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vultr_cost_mcp.families.family_wire import Sources


# Inference prices are in cents per million tokens.
_CENTS_A_MILLION = Decimal(10) ** 8

# Cached tokens and discounts by the hour cost less; the usage does not tell them apart.
METERED = "charges by use have no monthly price; tokens times price is an upper bound"


class Inference(Wire):
    """``/inference``."""

    id: Id
    label: Text = ""
    date_created: Instant = None


class ModelUse(Wire):
    """Tokens of one model; prices are in cents for a million."""

    tokens: Number = None
    input_tokens: Number = None
    output_price: Number = None
    input_price: Number = None


class ChatByModel(Wire):
    """Tokens of this month by model."""

    current_month: Annotated[tuple[ModelUse, ...], AS_ROWS] = ()


class InferenceUsage(Wire):
    """``/inference/{id}/usage``."""

    chat_by_model: Annotated[ChatByModel, AS_OBJECT] = ChatByModel()


def inference(rows: Iterable[Inference], usage: Mapping[str, InferenceUsage]) -> Iterator[Resource]:
    """Return serverless inference with this month's tokens at the API's own prices."""
    for row in rows:
        used = usage.get(row.id)
        yield Resource(
            id=row.id,
            kind="inference",
            label=row.label,
            region="",
            created=row.date_created,
            own_pending=None if used is None else _token_cost(used),
            note=METERED,
        )


def _token_cost(usage: InferenceUsage) -> Decimal:
    return total_of(
        ((one.tokens or ZERO) * (one.output_price or ZERO) / _CENTS_A_MILLION)
        + ((one.input_tokens or ZERO) * (one.input_price or ZERO) / _CENTS_A_MILLION)
        for one in usage.chat_by_model.current_month
    )


def _resources(sources: Sources) -> Iterable[Resource]:
    return inference(sources.rows("inference"), sources.values("inference_usage"))


FAMILY = Family(
    endpoints={
        "inference": list_of(
            "/inference", "subscriptions", Inference, right=Right("inference subscriptions", VIEW)
        ),
        "inference_usage": Endpoint(
            "/inference/{id}/usage",
            ("usage",),
            InferenceUsage,
            "object",
            right=Right("use of inference", VIEW),
        ),
    },
    resources=_resources,
)
