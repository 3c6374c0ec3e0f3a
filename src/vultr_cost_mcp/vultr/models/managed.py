"""Databases, registries and inference as the API sends them."""

from __future__ import annotations

from typing import Annotated

from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    AS_ROWS,
    AS_ROWS_OR_PLACEHOLDERS,
    Id,
    Instant,
    Number,
    Price,
    Region,
    Text,
    Texts,
    Wire,
)


class DatabaseReplica(Wire):
    """A read replica of a managed database, billed on its own."""

    id: Id
    label: Text = ""
    region: Region = ""
    plan: Text = ""
    status: Text = ""
    date_created: Instant = None
    database_engine: Text = ""
    tag: Text = ""
    pending_charges: Number = None


class Database(DatabaseReplica):
    """``/databases``: regions come in upper case."""

    plan_disk: Number = None
    plan_ram: Number = None
    plan_vcpus: Number = None
    plan_replicas: Number = None
    plan_brokers: Number = None
    read_replicas: Annotated[tuple[DatabaseReplica, ...], AS_ROWS_OR_PLACEHOLDERS] = ()


class DatabasePlan(Wire):
    """``/databases/plans``: dollars a month for all nodes of the plan."""

    id: Id
    number_of_nodes: Number = None
    type: Text = ""
    vcpu_count: Number = None
    ram: Number = None
    disk: Number = None
    monthly_cost: Price = None
    locations: Texts = ()


class UsageShare(Wire):
    """One measure of a database's use."""

    current_gb: Number = None
    max_gb: Number = None
    current_mb: Number = None
    max_mb: Number = None
    percentage: Number = None


class DatabaseUsage(Wire):
    """``/databases/{id}/usage``: processor and memory are averages of the last hour."""

    disk: Annotated[UsageShare, AS_OBJECT] = UsageShare()
    memory: Annotated[UsageShare, AS_OBJECT] = UsageShare()
    cpu: Annotated[UsageShare, AS_OBJECT] = UsageShare()


class Bytes(Wire):
    """An amount of storage."""

    bytes: Number = None


class RegistryStorage(Wire):
    """Storage of a registry."""

    used: Annotated[Bytes, AS_OBJECT] = Bytes()
    allowed: Annotated[Bytes, AS_OBJECT] = Bytes()


class RegistryBilling(Wire):
    """Dollars of a registry a month and so far."""

    monthly_price: Price = None
    pending_charges: Number = None


class RegistrySubscription(Wire):
    """The subscription of a registry."""

    billing: Annotated[RegistryBilling, AS_OBJECT] = RegistryBilling()


class RegistryMetadata(Wire):
    """The API's data nested below a registry."""

    subscription: Annotated[RegistrySubscription, AS_OBJECT] = RegistrySubscription()


class Registry(Wire):
    """``/registries``."""

    id: Id
    name: Text = ""
    region: Region = ""
    date_created: Instant = None
    storage: Annotated[RegistryStorage, AS_OBJECT] = RegistryStorage()
    metadata: Annotated[RegistryMetadata, AS_OBJECT] = RegistryMetadata()


class RegistryPlan(Wire):
    """``/registry/plan/list``, keyed by the plan's name."""

    vanity_name: Text = ""
    max_storage_mb: Number = None
    monthly_price: Price = None


class Inference(Wire):
    """``/inference``."""

    id: Id
    label: Text = ""
    date_created: Instant = None


class ModelUse(Wire):
    """Tokens of one model; prices are in cents for a million."""

    model: Text = ""
    tokens: Number = None
    input_tokens: Number = None
    output_price: Number = None
    input_price: Number = None


class ChatByModel(Wire):
    """Tokens by model of two months."""

    current_month: Annotated[tuple[ModelUse, ...], AS_ROWS] = ()
    previous_month: Annotated[tuple[ModelUse, ...], AS_ROWS] = ()


class InferenceUsage(Wire):
    """``/inference/{id}/usage``."""

    chat_by_model: Annotated[ChatByModel, AS_OBJECT] = ChatByModel()
