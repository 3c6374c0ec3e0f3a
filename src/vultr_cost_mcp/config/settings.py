"""All settings of the environment, frozen."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.money import CENT

API_URL = "https://api.vultr.com/v2"
_PLACEHOLDER = re.compile(
    r"^(\$\{.*\}|\$[A-Z_]+|%.*%|\{\{.*\}\}|<.*>|x{3,}|change[-_ ]?me"
    r"|your[-_ ].*|.*your[-_ ]?(api[-_ ]?)?key.*)$",
    re.IGNORECASE,
)
_UNEXPANDED = re.compile(r"^(\$\{.*\}|\{\{.*\}\})$")
_LOOPBACK = frozenset({"localhost", "::1"})


# The valid values of each setting, in words.
_FORMS = {
    "VULTR_COST_BACKGROUND": "takes on or off",
    "VULTR_COST_BUDGET": "takes dollars a month, such as 8000",
    "VULTR_COST_CACHE_SECONDS": "takes seconds from 0 to 86400, such as 60",
    "VULTR_COST_DEMO": "takes 1 or 0",
    "VULTR_COST_RATE_LIMIT": "takes a whole number from 1 to 1000, such as 20",
}
_QUOTES = "\"'`\u2018\u2019\u201c\u201d"


def without_quotes(text: str) -> str:
    """Return a text without the enclosing quotes that a shell would have removed."""
    text = text.strip()
    while len(text) > 1 and text[0] in _QUOTES and text[-1] in _QUOTES:
        text = text[1:-1].strip()
    return text


def real_key(text: str) -> SecretStr | None:
    """Return a key; None if it is empty, an unexpanded variable, or the example's placeholder."""
    text = without_quotes(text)
    return None if not text or _PLACEHOLDER.match(text) else SecretStr(text)


class Settings(BaseSettings):
    """The environment, by the names of docs/settings.md.

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
    background: bool = Field(default=True, validation_alias="VULTR_COST_BACKGROUND")
    budget: Annotated[Decimal, Field(ge=CENT, le=10**9)] | None = Field(
        None, validation_alias="VULTR_COST_BUDGET"
    )
    config_file: Path | None = Field(None, validation_alias="VULTR_COST_CONFIG")
    store: str | None = Field(None, validation_alias="VULTR_COST_STORE")
    export_dir: Path | None = Field(None, validation_alias="VULTR_COST_EXPORT_DIR")
    plan_dir: Path | None = Field(None, validation_alias="VULTR_COST_PLAN_DIR")
    # Unvalidated here; the HTTP transport checks it.
    http_token: SecretStr | None = Field(None, validation_alias="VULTR_COST_HTTP_TOKEN")
    demo: bool = Field(default=False, validation_alias="VULTR_COST_DEMO")

    @field_validator("api_key")
    @classmethod
    def _real_key(cls, key: SecretStr | None) -> SecretStr | None:
        """Return None for an unexpanded key or the example's placeholder."""
        return None if key is None else real_key(key.get_secret_value())

    @field_validator("api_url")
    @classmethod
    def _safe_url(cls, url: str) -> str:
        """Require https, or http to this machine: the key never travels unencrypted."""
        url = without_quotes(url)
        if not url or _PLACEHOLDER.match(url):
            return API_URL
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            _ = parts.port  # raises for an invalid port
        except ValueError as error:
            msg = "is not an address"
            raise ValueError(msg) from error
        if parts.username is not None or parts.password is not None:
            msg = "must hold no user and no password"
            raise ValueError(msg)
        local = host in _LOOPBACK or bool(re.fullmatch(r"127(\.\d{1,3}){3}", host))
        if parts.scheme == "https" and host:
            return url
        if parts.scheme == "http" and local:
            return url
        msg = "must be an https:// address (http:// only to this machine)"
        raise ValueError(msg)

    @field_validator(
        "rate_limit",
        "cache_seconds",
        "background",
        "demo",
        "config_file",
        "budget",
        "store",
        "export_dir",
        "plan_dir",
        mode="before",
    )
    @classmethod
    def _empty_is_default(cls, value: Any, info: Any) -> Any:
        """Treat a variable that is empty or left unexpanded as not set."""
        value = without_quotes(value) if isinstance(value, str) else value
        empty = isinstance(value, str) and (not value or _UNEXPANDED.match(value))
        return cls.model_fields[info.field_name].default if empty else value


def read_settings() -> Settings:
    """Read the environment.

    Raises ConfigError that names each invalid variable, never its value.
    """
    settings, problem = usable_settings()
    if problem is not None:
        raise ConfigError(problem)
    return settings


def usable_settings() -> tuple[Settings, str | None]:
    """Read the usable settings of the environment, and describe the others, if any."""
    try:
        return Settings(), None  # pyright: ignore[reportCallIssue]  # the environment fills it
    except ValidationError as error:
        mistakes = {str(detail["loc"][0]): detail["msg"] for detail in error.errors()}
    defaults = {
        str(field.validation_alias): field.default for field in Settings.model_fields.values()
    }
    problems = "; ".join(
        f"{name} {_FORMS.get(name) or message.removeprefix('Value error, ')}"
        for name, message in mistakes.items()
    )
    problem = (
        f"A setting cannot be used: {problems}. Correct it in the server's environment and restart "
        "it."
    )
    return Settings(**{name: defaults[name] for name in mistakes}), problem
