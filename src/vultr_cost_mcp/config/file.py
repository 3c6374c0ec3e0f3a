"""The file that VULTR_COST_CONFIG names: accounts, budgets, prices, tags, retention."""

from __future__ import annotations

import re
import shlex
import tomllib
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
    return shlex.split(command) if isinstance(command, str) else command


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
    name = ".".join(map(str, detail["loc"]))
    if detail["type"] == "extra_forbidden":
        return f"{name} is not known"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')}"
