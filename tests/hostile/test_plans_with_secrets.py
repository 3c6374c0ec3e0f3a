"""A Terraform plan full of secrets, priced by the program as it is started, at debug level."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
from anyio.to_thread import run_sync
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from tests.estimate.book import HERE
from tests.hostile.test_process import KEY, PATIENCE, Program
from tests.hostile.test_served import TOKEN, address
from tests.support.double import VultrDouble, account_of
from tests.support.stage import FIXTURES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.enable_socket

SECRET = b"PLANTED-SECRET-7f3a9c"
WHOLE = HERE / "whole_with_secrets.json"
Call = tuple[str, dict[str, Any]]


@pytest.fixture
def double() -> Iterator[VultrDouble]:
    """Run the recorded account on a port of this machine."""
    with VultrDouble(account_of(FIXTURES), key=KEY) as running:
        yield running


def _planted(number: int, **change: Any) -> str:
    """Return a plan with the secret in every place but the address, which is printed."""
    secret = SECRET.decode()
    row = {
        "address": f"vultr_instance.a{number}",
        "type": "vultr_instance",
        "name": "a",
        "mode": "managed",
        "change": {
            "actions": ["create"],
            "before": None,
            "after": {"plan": secret, "region": secret, "label": secret, "user_data": secret},
            "after_unknown": {},
            **change,
        },
    }
    plan = {
        "format_version": "1.2",
        "variables": {"password": {"value": secret}},
        "prior_state": {"values": {"outputs": {"key": {"value": secret}}}},
        "resource_changes": [row],
    }
    return json.dumps(plan)


def _calls() -> list[Call]:
    whole = WHOLE.read_text("utf-8")
    secret = SECRET.decode()
    plans = [
        whole,
        whole[: len(whole) // 2],
        whole.replace('"1.2"', '"9.9"'),
        json.dumps({"values": {"password": secret}}),
        json.dumps([secret]),
        "{" + secret,
        _planted(1),
        _planted(2, actions=[secret]),
        _planted(3, before={"id": secret, "plan": secret}, actions=["delete"]),
        _planted(4, after={"plan": "vc2-1c-1gb", "region": {"a": secret}, "backups": secret}),
        _planted(5, after={"plan": "vc2-1c-1gb"}, after_unknown={"region": secret}),
    ]
    priced: list[Call] = [
        ("estimate_cost", {"terraform_plan": plan, "limit": 200}) for plan in plans
    ]
    return [*priced, ("estimate_cost", {"terraform_plan": whole, "budget": 10})]


def _check(program: Program, written: bytes) -> None:
    assert SECRET not in written, written[max(0, written.find(SECRET) - 900) :][:1200]
    assert b"Traceback" not in written
    assert not any(
        SECRET in path.read_bytes()
        for path in program.folder.rglob("*")
        if path.is_file() and path.suffix != ".json"
    )


def test_over_stdio_no_secret_of_a_plan_leaves_the_process(
    double: VultrDouble, tmp_path: Path
) -> None:
    """As JSON and as a path, in answers, errors, logs and the history."""
    shutil.copy(WHOLE, tmp_path / "plan.json")
    program = Program(double, tmp_path, more={"VULTR_COST_PLAN_DIR": str(tmp_path)})
    program.begin()
    calls = [*_calls(), ("estimate_cost", {"terraform_plan": "plan.json"})]
    said = [
        program.ask(number, "tools/call", name=name, arguments=arguments)["result"]
        for number, (name, arguments) in enumerate(calls, 2)
    ]
    code, written = program.end()
    _check(program, written)
    assert code == 0
    refused = [result.get("isError", False) for result in said]
    assert refused == [False, *[True] * 5, *[False] * 7]


@pytest.mark.anyio
async def test_over_http_a_path_is_refused_and_no_secret_leaves_the_process(
    double: VultrDouble, tmp_path: Path
) -> None:
    """A client of the SDK, which may be on another machine."""
    shutil.copy(WHOLE, tmp_path / "plan.json")
    token = {"VULTR_COST_HTTP_TOKEN": TOKEN, "VULTR_COST_PLAN_DIR": str(tmp_path)}
    given = ("serve", "--transport", "http", "--port", "0")
    program = Program(double, tmp_path, *given, develop=False, more=token)
    url = await address(program)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    heard = ""
    async with httpx2.AsyncClient(headers=headers, timeout=PATIENCE) as http:
        opened = streamable_http_client(url, http_client=http)
        async with Client(opened, mode="legacy") as client:
            for name, arguments in _calls():
                heard += (await client.call_tool(name, arguments)).model_dump_json()
            for path in ("plan.json", str(tmp_path / "plan.json"), "/etc/passwd", "../plan.json"):
                result = await client.call_tool("estimate_cost", {"terraform_plan": path})
                assert result.is_error
                assert "not a path" in result.model_dump_json()
    await run_sync(program.process.terminate)
    code, written = await run_sync(program.end)
    _check(program, written + heard.encode())
    assert TOKEN.encode() not in written
    assert code == 0


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_in_a_shell_no_secret_of_a_plan_leaves_the_process(
    form: str, double: VultrDouble, tmp_path: Path
) -> None:
    """With the key of the account, and against its bill."""
    options = ("--format", form, "--budget", "10", "--fail-unpriced")
    program = Program(double, tmp_path, "estimate", str(WHOLE), *options)
    code, written = program.end()
    _check(program, written)
    assert code == 4


@pytest.mark.parametrize("cut", [0, 1, 5_000, 40_000])
def test_a_broken_plan_is_refused_in_a_shell_without_a_word_of_it(
    cut: int, double: VultrDouble, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(WHOLE.read_bytes()[cut : cut + 30_000] + SECRET)
    program = Program(double, tmp_path, "estimate", str(broken))
    code, written = program.end()
    _check(program, written)
    assert code == 2
    assert double.count() == 0
