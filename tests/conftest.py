"""Shared by all tests: asyncio as the only backend, as in the program itself, and no traces."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants

from vultr_cost_mcp.config import Settings

# No test asserts a time: a loaded machine makes none fail. Every run has the same examples, so that
# a change is judged by itself; ``--hypothesis-profile=new`` has others each time.
settings.register_profile("new", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("new"), derandomize=True)
settings.load_profile("same")
_constants_of_modules = providers._get_local_constants


def _constants() -> Constants:
    """Return what new examples may draw of the numbers and words in modules imported so far.

    Nothing for the same examples in every run: which modules there are depends on the tests that
    ran before.
    """
    default = settings.default
    return Constants() if default and default.derandomize else _constants_of_modules()


providers._get_local_constants = _constants

# Files whose tests take long, the slowest first: begun last, one of them would run on alone.
SLOW = (
    "store/test_contract.py",
    "soak/test_load.py",
    "serve/test_faults.py",
    "gaps/test_figures.py",
    "cli/test_output.py",
    "http/test_process.py",
    "serve/test_stdio.py",
    "store/test_account_matching.py",
    "store/test_clickhouse_writes.py",
    "hostile/test_bodies.py",
    "oracle/test_history_days.py",
    "page/test_notify.py",
    "export/test_validator.py",
    "hostile/test_process.py",
    "hostile/test_leaks.py",
    "store/test_ledger.py",
    "hostile/test_plans_with_secrets.py",
    "collect/test_kept_answers.py",
    "store/test_clickhouse_kills.py",
    "properties/test_properties.py",
    "store/test_processes.py",
)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let workers begin with the slow files."""
    rank = {name: number for number, name in enumerate(SLOW)}
    items.sort(key=lambda item: rank.get("/".join(item.path.parts[-2:]), len(SLOW)))


@pytest.fixture(
    scope="session",
    params=[pytest.param(False, id="short"), pytest.param(True, id="soak", marks=pytest.mark.soak)],
)
def soak(request: pytest.FixtureRequest) -> bool:
    """Tell whether this is the long run of a test: the one that ``-m soak`` chooses."""
    return bool(request.param)


@pytest.fixture
def anyio_backend() -> object:
    """Run on asyncio, the only backend of the program."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def _nobodys_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Settings of whoever runs the tests decide nothing here, and their exports stay theirs."""
    with pytest.MonkeyPatch.context() as environment:
        for row in Settings.model_fields.values():
            environment.delenv(str(row.validation_alias), raising=False)
        exports = tmp_path_factory.mktemp("exports")
        environment.setenv("VULTR_COST_EXPORT_DIR", str(exports))
        yield


@pytest.fixture(autouse=True)
def _keep_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep test data out of the user's own history."""
    monkeypatch.setenv("VULTR_COST_STORE", "off")
