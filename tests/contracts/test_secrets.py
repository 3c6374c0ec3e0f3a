"""No model declares a secret field of Vultr's answers, so none enters the program."""

from __future__ import annotations

import importlib
import pkgutil
import re

import pytest

from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.vultr import models
from vultr_cost_mcp.vultr.models.fields import Wire

# Every field of API v2 that opens something or holds what a user keeps to himself.
SECRETS = frozenset(
    {
        "access_cert",
        "access_key",
        "admin_auto_ssl_key",
        "api_key",
        "apikey",
        "auth_key",
        "ca_certificate",
        "client_key",
        "default_password",
        "kube_config",
        "kvm",
        "password",
        "private_key",
        "root_user",
        "s3_access_key",
        "s3_secret_key",
        "secret_key",
        "ssl_cert_b64",
        "ssl_key_b64",
        "startup_script",
        "token",
        "user_data",
    }
)
SUSPECT = re.compile(
    r"passw|secret|private|credential|_key$|_cert|cert_|token$|kvm|user_data", re.IGNORECASE
)


def every_model(base: type[Wire] = Wire) -> list[type[Wire]]:
    for module in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"{models.__name__}.{module.name}")
    return [found for child in base.__subclasses__() for found in (child, *every_model(child))]


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model.__name__)
def test_no_model_declares_a_secret(model: type[Wire]) -> None:
    names = set(model.model_fields)
    names |= {str(field.alias) for field in model.model_fields.values() if field.alias}
    names |= {
        str(field.validation_alias)
        for field in model.model_fields.values()
        if field.validation_alias
    }
    assert not names & SECRETS
    assert not [name for name in names if SUSPECT.search(name)]


@pytest.mark.parametrize("model", every_model(), ids=lambda model: model.__name__)
def test_what_is_not_declared_is_dropped(model: type[Wire]) -> None:
    assert model.model_config.get("extra") == "ignore"
    assert model.model_config.get("frozen") is True


def test_every_endpoint_answers_in_such_a_model() -> None:
    known = set(every_model())
    assert {endpoint.model for endpoint in ENDPOINTS.values()} <= known
