"""A loopback double of Vultr's API: an account of wire rows, served with switchable faults."""

from .account import Account, Row
from .child import ChildDouble
from .faults import (
    INVALID_TOKEN,
    NO_BILLING_401,
    NO_BILLING_403,
    RATE_LIMITED,
    Body,
    Dribble,
    Drop,
    Duplicate,
    EndlessCursor,
    Fault,
    Hang,
    Meta,
    Money,
    Redirect,
    RepeatCursor,
    Rule,
    Shape,
    Slow,
    Status,
    Truncated,
    address_not_allowed,
)
from .recorded import account_of
from .routes import ROUTES, Route
from .server import Request, VultrDouble

__all__ = [
    "INVALID_TOKEN",
    "NO_BILLING_401",
    "NO_BILLING_403",
    "RATE_LIMITED",
    "ROUTES",
    "Account",
    "Body",
    "ChildDouble",
    "Dribble",
    "Drop",
    "Duplicate",
    "EndlessCursor",
    "Fault",
    "Hang",
    "Meta",
    "Money",
    "Redirect",
    "RepeatCursor",
    "Request",
    "Route",
    "Row",
    "Rule",
    "Shape",
    "Slow",
    "Status",
    "Truncated",
    "VultrDouble",
    "account_of",
    "address_not_allowed",
]
