"""The file that VULTR_COST_CONFIG names: accounts, budgets, prices, tags, retention."""

from __future__ import annotations

import re
import shlex
import tomllib
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from vultr_cost_mcp.domain.backend import KEEP_DAYS
from vultr_cost_mcp.domain.bill import SERVICES
from vultr_cost_mcp.domain.customer import ALL, UNNAMED
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.money import CENT

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

EXEMPT_TAGS = frozenset({"keep", "cost-ignore"})
_SERVICES = frozenset(service.casefold() for service in SERVICES)
# Vultr's keys are 36 of these: a valid name of a variable, and errors name variables.
_LIKE_A_KEY = re.compile(r"[A-Za-z0-9]{32,}", re.ASCII)
# Where a text stops being TOML; Python's reader names no place at the end of the file.
_PLACE = re.compile(r"line \d+, column \d+")
_TAKEN = frozenset({ALL, UNNAMED, "sample"})


# Where pydantic places an error in the name of an entry, not in its value.
_KEY_OF_TABLE = "[key]"
_AMOUNT = "an amount of dollars, such as 5 or 5.25"
_TAKES = {
    "monthly": "an amount of dollars from 0.01 to 1000000000, such as 500 or 99.50",
    "name": "a text",
    "tag": "a text that is not empty",
    "service": "a text, the name of a service",
    "keep_days": "a whole number of days from 1 to 36500",
    "key_env": "the name of an environment variable (letters, digits and underscores)",
    "key_file": "the path of a file, as text",
    "key_command": "a command, as one text or as a list of texts",
    "prices": 'a table of amounts, such as "vc2-1c-1gb" = 5.00',
    "exempt_tags": 'a list of texts, such as ["keep"]',
    "budgets": "tables, each under [[budgets]]",
    "history": "a table",
    "accounts": "tables, one under [accounts.NAME] for each account",
}
# The form of a TOML value; True is an int to Python, so it comes first.
_FORMS: dict[type, str] = {
    bool: "true or false",
    str: "a text",
    int: "a whole number",
    float: "a number with decimals",
    list: "a list",
    tuple: "a list",
    dict: "a table",
    date: "a date",
    time: "a time",
}
# By pydantic's type of error, where the form alone would not say it.
_FOUND = {
    "greater_than_equal": "a smaller number",
    "less_than_equal": "a larger number",
    "finite_number": "no finite number",
    "decimal_parsing": "a text that is no number",
    "int_parsing": "a text that is no whole number",
    "string_too_short": "an empty text",
    "too_short": "an empty list",
    "string_pattern_mismatch": "another text",
}


def _free_name(name: str) -> str:
    """Return an account's name; raise ValueError for a name with another meaning."""
    if name.casefold() in _TAKEN:
        msg = f"{name} cannot be an account's name"
        raise ValueError(msg)
    return name


AccountName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"),
    AfterValidator(_free_name),
]


class BudgetRow(BaseModel):
    """One ``[[budgets]]`` of the configuration file; without tag and service it covers all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    monthly: Annotated[Decimal, Field(ge=CENT, le=10**9)]
    name: str = ""
    tag: Annotated[str, Field(min_length=1)] | None = None
    service: str | None = None

    @field_validator("service")
    @classmethod
    def _known_service(cls, service: str | None) -> str | None:
        """Reject an unknown service: its budget would never be exceeded."""
        if service is not None and service.casefold() not in _SERVICES:
            msg = f"no such service; there are: {', '.join(SERVICES)}"
            raise ValueError(msg)
        return service


class HistoryRow(BaseModel):
    """``[history]`` of the configuration file: how long lines and resources are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    keep_days: Annotated[int, Field(ge=1, le=36_500)] = KEEP_DAYS


def _words(command: object) -> object:
    """Divide a command that is one text into its words, as a shell would; run it with none."""
    try:
        return shlex.split(command) if isinstance(command, str) else command
    except ValueError:
        msg = "a quote is not closed"
        raise ValueError(msg) from None


Command = Annotated[
    tuple[Annotated[str, Field(min_length=1)], ...],
    Field(min_length=1),
    BeforeValidator(_words),
]


class AccountRow(BaseModel):
    """One ``[accounts.NAME]``: the place of its key, never the key itself, and its own settings.

    Its prices add to those of the whole file; its exempt tags replace them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    key_env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")] | None = None
    key_file: Path | None = None
    key_command: Command | None = None
    prices: dict[str, Decimal] = Field(default_factory=dict)
    exempt_tags: frozenset[str] | None = None
    budgets: tuple[BudgetRow, ...] = ()

    @field_validator("key_env")
    @classmethod
    def _no_key(cls, name: str | None) -> str | None:
        """Reject a key given as the name of its variable, so that no error repeats it."""
        if name is not None and _LIKE_A_KEY.fullmatch(name):
            msg = "takes the name of a variable, never the key itself"
            raise ValueError(msg)
        return name

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        """Require exactly one place for the key."""
        places = (self.key_env, self.key_file, self.key_command)
        if sum(place is not None for place in places) != 1:
            msg = "needs one of key_env, the name of a variable, key_file and key_command"
            raise ValueError(msg)
        return self


class File(BaseModel):
    """The file that VULTR_COST_CONFIG names; unknown keys are rejected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prices: dict[str, Decimal] = Field(default_factory=dict)
    exempt_tags: frozenset[str] = EXEMPT_TAGS
    budgets: tuple[BudgetRow, ...] = ()
    history: HistoryRow = HistoryRow()
    key_command: Command | None = None
    accounts: dict[AccountName, AccountRow] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _budgets_are_of_an_account(self) -> Self:
        """Require an account for each budget: spend of several accounts is never netted."""
        if self.budgets and len(self.accounts) > 1:
            msg = "budgets: with several accounts each budget stands under its account"
            raise ValueError(msg)
        return self

    @model_validator(mode="after")
    def _key_is_of_an_account(self) -> Self:
        """Require a place for each account's key: the whole file has one only without accounts."""
        if self.key_command is not None and self.accounts:
            msg = "key_command: with accounts each key stands under its account"
            raise ValueError(msg)
        return self


def read_file(path: Path | None) -> File:
    """Read the configuration file, if one is named.

    Raises ConfigError if it cannot be read or understood.
    """
    if path is None:
        return File()
    try:
        rows = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        msg = f"The file that VULTR_COST_CONFIG names cannot be read: {error.strerror}."
        raise ConfigError(msg) from error
    except UnicodeDecodeError as error:
        msg = "The file that VULTR_COST_CONFIG names is not TOML: it is no text in UTF-8."
        raise ConfigError(msg) from error
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        where = f"look at {place[0]}" if place else "it ends too early"
        msg = f"The file that VULTR_COST_CONFIG names is not TOML: {where}."
        raise ConfigError(msg) from error
    try:
        return File.model_validate(rows)
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        msg = f"The file that VULTR_COST_CONFIG names cannot be used: {problems}."
        raise ConfigError(msg) from None


def _problem(detail: ErrorDetails) -> str:
    """Describe an invalid entry of the file by its name, never by its value."""
    place = tuple(part for part in detail["loc"] if part != _KEY_OF_TABLE)
    name = ".".join(map(str, place))
    if detail["type"] == "extra_forbidden":
        return f"{name} is not known"
    if detail["type"] == "value_error":
        said = detail["msg"].removeprefix("Value error, ")
        return f"{name}: {said}" if name else said
    if _KEY_OF_TABLE in detail["loc"]:
        return f"{name}: a name has 1 to 64 letters, digits, dots, hyphens and underscores"
    takes = _takes(place)
    if detail["type"] == "missing":
        return f"{name} is missing: it takes {takes}"
    return f"{name} takes {takes}, and {_found(detail)} stands there"


def _takes(place: tuple[int | str, ...]) -> str:
    """Return what an entry may hold; names of accounts and of prices say nothing of it."""
    if place[-2:-1] == ("accounts",):
        return "a table with key_env, key_file or key_command"
    if place[-2:-1] == ("prices",):
        return _AMOUNT
    known = (_TAKES[part] for part in reversed(place) if isinstance(part, str) and part in _TAKES)
    return next(known, "another value")


def _found(detail: ErrorDetails) -> str:
    """Return the form of what an entry holds, never its value."""
    if detail["type"] in _FOUND:
        return _FOUND[detail["type"]]
    forms = (form for kind, form in _FORMS.items() if isinstance(detail["input"], kind))
    return next(forms, "a value of another type")
