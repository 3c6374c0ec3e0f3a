"""Account, bill lines and invoices as the API sends them."""

from __future__ import annotations

from typing import Annotated

from vultr_cost_mcp.vultr.models.fields import (
    AS_OBJECT,
    Amount,
    Id,
    Instant,
    Number,
    Text,
    Texts,
    Wire,
)


class Account(Wire):
    """``/account``: dollars; a negative balance is credit."""

    email: Text = ""
    acls: Texts = ()
    balance: Number = None
    pending_charges: Number = None
    last_payment_date: Instant = None
    last_payment_amount: Number = None


class Line(Wire):
    """One line of the bill: ``/billing/pending-charges`` and ``/billing/invoices/{id}/items``."""

    description: Text = ""
    product: Text = ""
    start_date: Instant = None
    end_date: Instant = None
    units: Number = None
    unit_type: Text = ""
    unit_price: Number = None
    total: Amount


class Invoice(Wire):
    """``/billing/invoices``."""

    id: Id
    date: Instant = None
    amount: Amount


class BandwidthMonth(Wire):
    """One of the three months of ``/account/bandwidth``, in GB and dollars."""

    gb_out: Number = None
    instance_bandwidth_credits: Number = None
    free_bandwidth_credits: Number = None
    purchased_bandwidth_credits: Number = None
    overage: Number = None
    overage_cost: Number = None


class AccountBandwidth(Wire):
    """``/account/bandwidth``."""

    previous_month: Annotated[BandwidthMonth, AS_OBJECT] = BandwidthMonth()
    current_month_to_date: Annotated[BandwidthMonth, AS_OBJECT] = BandwidthMonth()
    current_month_projected: Annotated[BandwidthMonth, AS_OBJECT] = BandwidthMonth()


class Subaccount(Wire):
    """``/subaccounts``: shown, never added to a total."""

    id: Id
    email: Text = ""
    subaccount_name: Text = ""
    pending_charges: Number = None
