"""All settings, frozen; the only place that reads the environment."""

from __future__ import annotations

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from vultr_cost_mcp.domain.bill import SERVICES
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

API_URL = "https://api.vultr.com/v2"
EXEMPT_TAGS = frozenset({"keep", "cost-ignore"})
_PLACEHOLDER = re.compile(
    r"^(\$\{.*\}|\$[A-Z_]+|%.*%|\{\{.*\}\}|<.*>|x{3,}|change[-_ ]?me"
    r"|your[-_ ].*|.*your[-_ ]?(api[-_ ]?)?key.*)$",
    re.IGNORECASE,
)
_SERVICES = frozenset(service.casefold() for service in SERVICES)
_LOOPBACK = frozenset({"localhost", "::1"})


class Settings(BaseSettings):
    """The environment, by the names of README.md.

    Raises pydantic's ValidationError; ``read_settings`` turns it into one sentence.
    """

    # Not by name: API_KEY, API_URL or DEMO of the environment belong to other programs.
    model_config = SettingsConfigDict(frozen=True, extra="ignore")

    api_key: SecretStr | None = Field(None, validation_alias="VULTR_API_KEY")
    api_url: str = Field(API_URL, validation_alias="VULTR_API_URL")
    rate_limit: Annotated[int, Field(ge=1, le=1000)] = Field(
        20, validation_alias="VULTR_COST_RATE_LIMIT"
    )
    cache_seconds: Annotated[float, Field(ge=0, le=86_400)] = Field(
        60, validation_alias="VULTR_COST_CACHE_SECONDS"
    )
    budget: Annotated[Decimal, Field(gt=0, le=10**9)] | None = Field(
        None, validation_alias="VULTR_COST_BUDGET"
    )
    config_file: Path | None = Field(None, validation_alias="VULTR_COST_CONFIG")
    demo: bool = Field(default=False, validation_alias="VULTR_COST_DEMO")

    @field_validator("api_key")
    @classmethod
    def _real_key(cls, key: SecretStr | None) -> SecretStr | None:
        """A key that a client left unexpanded, or that the example names, is no key."""
        text = "" if key is None else key.get_secret_value().strip()
        return None if not text or _PLACEHOLDER.match(text) else SecretStr(text)

    @field_validator("api_url")
    @classmethod
    def _safe_url(cls, url: str) -> str:
        """Https, or http to this machine: the key never goes over an open line."""
        url = url.strip()
        if not url or _PLACEHOLDER.match(url):
            return API_URL
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            _ = parts.port  # raises where there can be no such port
        except ValueError as error:
            msg = "is not an address"
            raise ValueError(msg) from error
        local = host in _LOOPBACK or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))
        if parts.scheme == "https" and host:
            return url
        if parts.scheme == "http" and local:
            return url
        msg = "must be an https:// address (http:// only to this machine)"
        raise ValueError(msg)

    @field_validator("rate_limit", "cache_seconds", "demo", "config_file", "budget", mode="before")
    @classmethod
    def _empty_is_default(cls, value: Any, info: Any) -> Any:
        """A variable that is set to nothing is not set."""
        empty = isinstance(value, str) and not value.strip()
        return cls.model_fields[info.field_name].default if empty else value


class BudgetRow(BaseModel):
    """One ``[[budgets]]`` of the configuration file; without tag and service it covers all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    monthly: Annotated[Decimal, Field(gt=0, le=10**9)]
    name: str = ""
    tag: Annotated[str, Field(min_length=1)] | None = None
    service: str | None = None

    @field_validator("service")
    @classmethod
    def _known_service(cls, service: str | None) -> str | None:
        """A service that does not exist would be inside its budget for ever."""
        if service is not None and service.casefold() not in _SERVICES:
            msg = f"no such service; there are: {', '.join(SERVICES)}"
            raise ValueError(msg)
        return service


class File(BaseModel):
    """The file that VULTR_COST_CONFIG names; a key that it does not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prices: dict[str, Decimal] = Field(default_factory=dict)
    exempt_tags: frozenset[str] = EXEMPT_TAGS
    budgets: tuple[BudgetRow, ...] = ()


def read_settings() -> Settings:
    """Read the environment.

    Raises ConfigError that names each variable that cannot be used, never its value.
    """
    try:
        return Settings()  # pyright: ignore[reportCallIssue]  # the environment fills it
    except ValidationError as error:
        problems = "; ".join(
            f"{detail['loc'][0]}: {detail['msg'].removeprefix('Value error, ')}"
            for detail in error.errors()
        )
        msg = f"A setting cannot be used. {problems}."
        raise ConfigError(msg) from None


def read_file(path: Path | None) -> File:
    """Read the configuration file, if one is named.

    Raises ConfigError when it cannot be read or understood.
    """
    if path is None:
        return File()
    try:
        rows = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        msg = f"The file that VULTR_COST_CONFIG names cannot be read: {error.strerror}."
        raise ConfigError(msg) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        msg = f"The file that VULTR_COST_CONFIG names is not TOML: {error}."
        raise ConfigError(msg) from error
    try:
        return File.model_validate(rows)
    except ValidationError as error:
        problems = "; ".join(_problem(detail) for detail in error.errors())
        msg = f"The file that VULTR_COST_CONFIG names cannot be used: {problems}."
        raise ConfigError(msg) from None


def _problem(detail: ErrorDetails) -> str:
    """What is wrong with one entry of the file, by its name and never by its value."""
    name = ".".join(map(str, detail["loc"]))
    if detail["type"] == "extra_forbidden":
        return f"{name} is not known"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')}"
