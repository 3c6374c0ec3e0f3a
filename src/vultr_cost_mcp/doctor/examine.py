"""Examine everything that an answer needs, from this program to each right of each key."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vultr_cost_mcp.accounts.account import account_names, client_of, key_place, limiter_of
from vultr_cost_mcp.config.file import read_file
from vultr_cost_mcp.doctor.account import Examination
from vultr_cost_mcp.doctor.check import Check, Diagnosis, from_error, worst
from vultr_cost_mcp.doctor.machine import clients, network, program, rate
from vultr_cost_mcp.doctor.store import store
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from aiolimiter import AsyncLimiter

    from vultr_cost_mcp.config import Settings


async def examine(
    settings: Settings, problem: str | None, version: str, now: Callable[[], datetime]
) -> Diagnosis:
    """Check the machine, the settings, each account and the store.

    ``problem`` is a fault of the environment, ``now`` the clock of this machine. Checks that an
    earlier failure makes impossible are left out.
    """
    way = list(network(settings))
    checks = [*program(version), *configuration(settings, problem), *way]
    if worst(way) != "fail":
        limiter = limiter_of(settings)
        names = account_names(settings)
        for name in names:
            found = await _account(settings, name, limiter, now)
            checks += [replace(check, account=name) for check in found]
    checks += [rate(settings), await store(settings), clients()]
    return Diagnosis(tuple(checks))


def configuration(settings: Settings, problem: str | None) -> Iterable[Check]:
    """Check the environment and the configuration file."""
    if problem is not None:
        yield from_error("settings", ConfigError(problem))
    if settings.config_file is None:
        yield Check("configuration", "ok", "No file: VULTR_COST_CONFIG is not set.")
        return
    try:
        accounts = len(read_file(settings.config_file).accounts)
    except ConfigError as error:
        yield from_error("configuration", error)
        return
    named = f"{accounts} accounts" if accounts > 1 else "1 account" if accounts else "no account"
    yield Check("configuration", "ok", f"The file of VULTR_COST_CONFIG can be used: {named}.")


async def _account(
    settings: Settings,
    name: str | None,
    limiter: Callable[[], AsyncLimiter],
    now: Callable[[], datetime],
) -> list[Check]:
    try:
        client = await client_of(settings, name, limiter(), now)
        found = Check("key", "ok", f"{key_place(settings, name)}.")
    except ConfigError as error:
        return [from_error("key", error)]
    try:
        return [found, *await Examination(client).run()]
    finally:
        await client.aclose()
