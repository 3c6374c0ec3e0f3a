"""The deployment is hardened, and its documentation matches the program."""

from __future__ import annotations

import json
import re
import shlex
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from tests.support.served import EVERYWHERE
from vultr_cost_mcp import cli
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.domain.exporting import MOST_RESOURCE_BYTES
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.export.resources import _MOST_FILES
from vultr_cost_mcp.transports import health, http, http_config, limits, sse

ROOT = Path(__file__).parents[2]
UNIT = ROOT / "deploy/systemd/vultr-cost-mcp.service"
CONTAINER = ROOT / "deploy/Containerfile"
PAGE = (ROOT / "docs/http.md").read_text(encoding="utf-8")

pytestmark = [pytest.mark.anyio, pytest.mark.enable_socket]
WIRED = pytest.mark.skipif(
    "allowed_host" not in vars(cli._parser().parse_args(["serve"])),
    reason="the command line has no HTTP yet",
)


def unit() -> dict[str, list[str]]:
    """The unit's settings, section.name to every value in order."""
    found: dict[str, list[str]] = defaultdict(list)
    section = ""
    for line in UNIT.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if text.startswith("["):
            section = text.strip("[]")
        elif text and not text.startswith("#"):
            name, equals, value = text.partition("=")
            assert equals
            found[f"{section}.{name}"].append(value)
    return found


def instructions() -> list[tuple[str, str]]:
    """The Containerfile's instructions, continued lines joined."""
    text = CONTAINER.read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    return [
        (line.split(None, 1)[0], line.split(None, 1)[1])
        for line in lines
        if line and not line.startswith("#")
    ]


def last_stage() -> dict[str, str]:
    """Return the instructions of the image that runs; the last one of each kind."""
    rows = instructions()
    begin = max(number for number, (name, _) in enumerate(rows) if name == "FROM")
    return dict(rows[begin:])


def options_of(words: list[str]) -> Any:
    """Parse a command with the program's own parser; an invalid one fails the test."""
    return cli._parser().parse_args(words)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DynamicUser", "yes"),
        ("NoNewPrivileges", "yes"),
        ("ProtectSystem", "strict"),
        ("ProtectHome", "yes"),
        ("PrivateTmp", "yes"),
        ("PrivateDevices", "yes"),
        ("ProtectKernelTunables", "yes"),
        ("ProtectKernelModules", "yes"),
        ("ProtectControlGroups", "yes"),
        ("RestrictNamespaces", "yes"),
        ("RestrictSUIDSGID", "yes"),
        ("LockPersonality", "yes"),
        ("MemoryDenyWriteExecute", "yes"),
        ("CapabilityBoundingSet", ""),
        ("AmbientCapabilities", ""),
        ("SystemCallArchitectures", "native"),
        ("UMask", "0077"),
        ("StateDirectory", "vultr-cost-mcp"),
        ("LimitCORE", "0"),
        ("RestartPreventExitStatus", str(cli.EXIT_USAGE)),
    ],
)
def test_the_unit_is_hardened(name: str, value: str) -> None:
    """Each line that keeps the process from more than it needs."""
    assert unit()[f"Service.{name}"] == [value]


def test_the_unit_keeps_secrets_out_of_itself() -> None:
    """They come from a file; what is written goes into its own folder; it has time to end."""
    service = unit()
    assert service["Service.EnvironmentFile"]
    settings = dict(line.split("=", 1) for line in service["Service.Environment"])
    assert not {"VULTR_API_KEY", "VULTR_COST_HTTP_TOKEN"} & set(settings)
    assert settings["VULTR_COST_STORE"].startswith("sqlite:///%S/vultr-cost-mcp/")
    assert settings["VULTR_COST_EXPORT_DIR"].startswith("%S/vultr-cost-mcp/")
    assert int(service["Service.TimeoutStopSec"][0]) > http.LAST_SECONDS
    assert int(service["Service.LimitNOFILE"][0]) > 2 * limits.MOST_CONNECTIONS


@WIRED
def test_the_unit_starts_what_there_is() -> None:
    """Its command is one that the command line understands, on this machine alone."""
    program, *words = shlex.split(unit()["Service.ExecStart"][0])
    assert program.endswith("/vultr-cost-mcp")
    options = options_of(words)
    assert (options.transport, options.host, options.port) == ("http", "127.0.0.1", 8000)
    assert options.allowed_host == ["costs.example.com"]
    assert options.trusted_proxy == ["127.0.0.1"]
    assert not options.no_auth


async def test_the_unit_does_not_start_without_a_token() -> None:
    """Its file of secrets may be empty, or hold a token that can be guessed."""
    _, *words = shlex.split(unit()["Service.ExecStart"][0])
    options = options_of(words)
    for token in (None, SecretStr(""), SecretStr("short")):
        given = tuple(options.allowed_host)
        place = http_config.HttpConfig(options.transport, options.host, 0, token, given)
        with pytest.raises(ConfigError, match="VULTR_COST_HTTP_TOKEN"):
            await place.open()


def test_the_container_runs_as_nobody() -> None:
    """A number that is not root's, in the stage that is run and not before it is made."""
    stage = last_stage()
    user, _, group = stage["USER"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert [name for name, _ in instructions()].count("FROM") == 2
    order = list(stage)
    assert order.index("RUN") < order.index("USER") < order.index("ENTRYPOINT")


def test_the_container_writes_to_its_volume_only() -> None:
    """So that everything else may be read-only; no secret is baked in."""
    stage = last_stage()
    settings = dict(word.split("=", 1) for word in shlex.split(stage["ENV"]))
    assert json.loads(stage["VOLUME"]) == ["/data"]
    assert settings["VULTR_COST_STORE"].startswith("sqlite:////data/")
    assert settings["VULTR_COST_EXPORT_DIR"].startswith("/data/")
    assert settings["PYTHONDONTWRITEBYTECODE"] == "1"
    assert "KEY" not in stage["ENV"]
    assert "TOKEN" not in stage["ENV"]


def test_the_container_is_asked_whether_it_lives() -> None:
    """By an address that it knows, at a path that there is, in the form that needs no shell."""
    _, _, command = last_stage()["HEALTHCHECK"].partition("CMD ")
    program = json.loads(command)[2]
    compile(program, "healthcheck", "exec")
    assert "http://127.0.0.1:8000/healthz" in program


@WIRED
def test_the_container_starts_what_there_is() -> None:
    """Reachable from outside it, at the port that it names."""
    stage = last_stage()
    assert json.loads(stage["ENTRYPOINT"]) == ["vultr-cost-mcp"]
    options = options_of(json.loads(stage["CMD"]))
    assert (options.transport, options.host) == ("http", EVERYWHERE)
    assert options.port == int(stage["EXPOSE"]) == 8000


@WIRED
def test_every_variable_that_is_set_is_one() -> None:
    """In the unit, in the container and on the page."""
    known = {str(field.validation_alias) for field in Settings.model_fields.values()}
    for path in (UNIT, CONTAINER, ROOT / "docs/http.md"):
        named = set(re.findall(r"VULTR_[A-Z_]+", path.read_text(encoding="utf-8")))
        assert named <= known


@WIRED
def test_every_option_of_the_page_is_one() -> None:
    """And every one of serve is on the page."""
    options = vars(options_of(["serve"]))
    documented = set(re.findall(r"^\| `--([a-z-]+)", PAGE, re.MULTILINE))
    assert {name.replace("-", "_") for name in documented} == set(options) - {"run", "demo"}


@pytest.mark.parametrize(
    ("what", "figure"),
    [
        ("connections", f"{limits.MOST_CONNECTIONS}"),
        (
            "connections kept for those that have shown a valid token",
            f"{limits.TOKEN_CONNECTIONS}",
        ),
        ("connections of one address", f"{limits.PEER_CONNECTIONS}"),
        ("wrong tokens of one address", f"{limits.WRONG_TOKENS}"),
        ("requests and calls at once", f"{limits.MOST_CALLS}"),
        ("sessions of SSE", f"{limits.MOST_SESSIONS}"),
        ("answers over SSE that wait to be read", f"{limits.MOST_UNREAD}"),
        ("head of a request", f"{limits.MOST_HEAD_BYTES // 1024} KiB"),
        ("body of a request", f"{limits.MOST_BODY_BYTES // 1024**2} MiB"),
        ("time for a head", f"{limits.HEAD_SECONDS:.0f} s"),
        ("time for a body", f"{limits.BODY_SECONDS:.0f} s"),
        ("time of a call", f"{limits.CALL_SECONDS:.0f} s"),
        ("an idle connection", f"{limits.IDLE_SECONDS} s"),
        ("an answer that nobody reads", f"{limits.UNREAD_SECONDS} s"),
    ],
)
def test_the_page_states_the_limits(what: str, figure: str) -> None:
    """As they are in the program."""
    assert f"| {what} | {figure} |" in PAGE


def test_the_page_states_the_rest() -> None:
    """Defaults, paths, and how long what was found is kept."""
    assert f"| `--host` | `{http_config.DEFAULT_HOST}` |" in PAGE
    assert f"| `--port` | `{http_config.DEFAULT_PORT}` |" in PAGE
    for path in (http.PATH, sse.STREAM_PATH, sse.POST_PATH, "/healthz", "/readyz"):
        assert f"`{path}`" in PAGE
    assert f"at least {http_config.LEAST_TOKEN} characters" in PAGE
    assert f"more than {MOST_RESOURCE_BYTES // 1024**2} MiB" in PAGE
    assert f"at most the last {_MOST_FILES}" in PAGE
    assert f"at most {limits.MOST_LOGGED} lines" in " ".join(PAGE.split())
    again = f"{limits.WRONG_TOKENS} attempts, and gets {limits.WRONG_TOKENS_MINUTE} a minute back"
    assert again in " ".join(PAGE.split())
    assert f"kept for {health.KEEP_SECONDS:.0f} seconds" in PAGE
    assert http.GRACE_SECONDS == 1
    assert http.LAST_SECONDS < 3


def test_the_page_leaves_the_blocks_of_clients_to_theirs() -> None:
    """tests/clients/test_formats.py checks that no block holds a token."""
    assert "```json" not in PAGE
    assert "](clients.md)" in PAGE
    assert "vultr-cost-mcp setup cursor --url https://costs.example.com/mcp" in PAGE
