"""``vultr-cost-mcp setup``: a client's file gets one entry more, and every other byte stays."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import tomllib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal

import pytest

from tests.support.disks import mounted
from vultr_cost_mcp.cli import main
from vultr_cost_mcp.clients import configured
from vultr_cost_mcp.clients.client import Machine
from vultr_cost_mcp.clients.jsonc import parse
from vultr_cost_mcp.clients.known_clients import BY_NAME, CLIENTS
from vultr_cost_mcp.config.settings import real_key
from vultr_cost_mcp.doctor.machine import clients
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.terminal import options
from vultr_cost_mcp.terminal.masked import masked

if TYPE_CHECKING:
    from collections.abc import Mapping

WRITTEN = [row.name for row in CLIENTS if not row.by_hand]
BY_HAND = [row.name for row in CLIENTS if row.by_hand]
REMOTE = [row.name for row in CLIENTS if row.remote and not row.by_hand]
TOKEN = "A-REAL-TOKEN-0123456789ABCDEF"
URL = "https://costs.example.com/mcp"
KEY = "A-REAL-KEY-0123456789ABCDEF"
UVX = ["uvx", "vultr-cost-mcp"]
COMMENTED = """\
// My own settings.
{
    "theme": "dark", // not light
    /* servers of others */
    "mcpServers": {
        "other": { "command": "other", "args": ["//no comment", "a,b"], "env": {} }, // kept
    },
    "last": [1, 2.50, null]
}
"""
TOML = """\
# My own settings.
model = "large"   # kept

[mcp_servers.other]
command = "other"

[profiles."x.y"]
value = 'literal'
"""


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """Give a user with an empty home, uvx, and no client."""
    machine = Machine("linux", tmp_path, tmp_path / ".config", tmp_path / "project")
    machine.project.mkdir()
    monkeypatch.setenv("VULTR_API_KEY", KEY)
    monkeypatch.setenv("VULTR_COST_HTTP_TOKEN", TOKEN)
    monkeypatch.setattr("vultr_cost_mcp.terminal.setup.this_machine", lambda: machine)
    monkeypatch.setattr("vultr_cost_mcp.doctor.machine.this_machine", lambda: machine)
    monkeypatch.setattr("vultr_cost_mcp.terminal.setup.own_command", lambda: UVX)
    monkeypatch.setattr(shutil, "which", lambda *_, **__: None)
    return machine


def rows(client: str, text: str) -> Mapping[str, Any]:
    """Read a block; one of YAML has texts and lists in JSON, one key a line."""
    form = BY_NAME[client].form
    if form == "yaml":
        (root, name, *lines) = text.rstrip().splitlines()
        found = {key.strip(): json.loads(value) for key, _, value in map(partition, lines)}
        return {root.rstrip(":"): {name.strip(" :"): found}}
    return tomllib.loads(text) if form == "toml" else parse(text).value


def partition(line: str) -> tuple[str, str, str]:
    return line.partition(": ")


def path_of(client: str, machine: Machine) -> Path:
    path = BY_NAME[client].path
    assert path
    return path(machine)


@pytest.mark.parametrize("client", WRITTEN)
def test_each_client_gets_its_entry_and_no_key(
    client: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The change is shown; a second run has nothing to do; the key is nowhere."""
    row = BY_NAME[client]
    assert main(["setup", client, "--yes"]) == 0
    shown = capsys.readouterr().out
    path = path_of(client, machine)
    text = path.read_text("utf-8")
    assert rows(client, text)[row.root]["vultr-cost"] == row.local(UVX).value
    assert f"+++ {path}" in shown
    assert row.local(UVX).step in shown
    assert KEY not in text + shown
    assert main(["setup", client, "--yes"]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert path.read_text("utf-8") == text


@pytest.mark.parametrize("client", REMOTE)
def test_each_client_gets_the_entry_of_a_team_s_server_and_no_token(
    client: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """One entry takes the place of the other; each asks for its own secret."""
    row = BY_NAME[client]
    assert row.remote
    entry = row.remote(URL)
    assert main(["setup", client, "--yes"]) == 0
    assert main(["setup", client, "--yes", "--url", URL]) == 0
    shown = capsys.readouterr().out
    text = path_of(client, machine).read_text("utf-8")
    assert rows(client, text)[row.root]["vultr-cost"] == entry.value
    assert URL in text
    assert entry.step in shown
    assert TOKEN not in text + shown
    assert configured.starts_us(row, machine)
    if entry.prompt:
        ids = [asked["id"] for asked in rows(client, text)["inputs"]]
        assert ids == ["vultr-api-key", "vultr-cost-token"]
    assert main(["setup", client, "--yes", "--url", URL]) == 0
    assert "nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("client", [row.name for row in CLIENTS if not row.remote])
def test_a_client_that_cannot_send_a_token_is_told_why(
    client: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    del machine
    assert main(["setup", client, "--print", "--url", URL]) == 1
    assert BY_NAME[client].no_remote in capsys.readouterr().err


def test_without_a_client_the_blocks_of_all_are_printed(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """With an address, of those that can use a server over HTTP."""
    del machine
    assert main(["setup", "--print"]) == 0
    said = capsys.readouterr().out
    assert all(f"{row.title}: " in said for row in CLIENTS)
    assert main(["setup", "--print", "--url", URL]) == 0
    said = capsys.readouterr().out
    assert said.count(URL) == sum(row.remote is not None for row in CLIENTS)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "it does not begin with https:// (or http:// for a server on this machine)"),
        ("costs.example.com/mcp", "it does not begin with https://"),
        ("localhost:8000/mcp", "it does not begin with https://"),
        ("https:/costs.example.com/mcp", "it does not begin with https://"),
        ("http://costs.example.com/mcp", "http:// would send the token unencrypted"),
        ("http://192.0.2.1/mcp", "http:// would send the token unencrypted"),
        ("https://", "it names no host"),
        ("https:///mcp", "it names no host"),
        ("https://user:word@costs.example.com/mcp", "it has a user name or a password"),
        ("https://word@costs.example.com/mcp", "it has a user name or a password"),
        ("http://user:word@costs.example.com/mcp", "it has a user name or a password"),
        ("https://costs.example.com:x/mcp", "its port is not a number from 1 to 65535"),
        ("https://costs.example.com:70000/mcp", "its port is not a number from 1 to 65535"),
        ("https://costs.example.com:0/mcp", "its port is not a number from 1 to 65535"),
        ("https://costs.example.com/m cp", "it contains a space or a control character"),
        ("https://costs.example.com/mcp\n", "it contains a space or a control character"),
        ("ftp://localhost/mcp", "it begins with neither https:// nor"),
        ("https://[costs/mcp", "its host is malformed"),
        ("https://costs.example.com/mcp#word", "the part that begins with # never reaches"),
    ],
)
def test_an_address_that_cannot_be_used_is_told_why(
    url: str, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """2 and the one fault that it has; nothing of the address is repeated."""
    with pytest.raises(SystemExit) as ended:
        main(["setup", "cursor", "--print", "--url", url])
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert f"error: argument --url: {fault}" in errors
    assert "word@" not in errors
    assert "#word" not in errors


@pytest.mark.parametrize(
    "query",
    [
        "token=word",
        "team=a&api_key=word",
        "team=a;ACCESS_TOKEN=word",
        "api%5Fkey=word",
        "X-Api-Key=word",
        "key=word",
        "accessKey=word",
        "password=word",
        "sig=word",
        "auth=word",
        "OAuth2=word",
        "userAuth=word",
        "authkey=word",
        "AUTHORIZATION=word",
        "aws_cred=word",
        "X-Amz-Credential=word",
        "token",
    ],
)
def test_a_secret_in_an_address_is_refused_with_the_way_that_works(
    query: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It would be written to the client's file, and to the logs of every proxy."""
    with pytest.raises(SystemExit) as ended:
        main(["setup", "cursor", "--print", "--url", f"{URL}?{query}"])
    assert ended.value.code == 2
    errors = capsys.readouterr().err
    assert errors.endswith(
        "error: argument --url: the part that begins with ? has a secret, which would end up in "
        "files and logs. Leave it out: the client sends the token in a header, from "
        "VULTR_COST_HTTP_TOKEN\n"
    )
    assert "word" not in errors


@pytest.mark.parametrize(
    "query",
    ["team=a", "monkey=1", "region=ewr&page=keys", "author=a&credit=1", "Author=a&coauthors=b"],
)
def test_a_part_of_an_address_that_is_no_secret_stays(
    query: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    del machine
    assert main(["setup", "cursor", "--print", "--url", f"{URL}?{query}"]) == 0
    assert f"{URL}?{query}" in capsys.readouterr().out


def test_a_server_of_this_machine_needs_no_encryption(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    del machine
    assert main(["setup", "cursor", "--print", "--url", "http://127.0.0.1:8000/mcp"]) == 0
    assert "http://127.0.0.1:8000/mcp" in capsys.readouterr().out


@pytest.mark.parametrize("client", BY_HAND)
def test_what_is_not_written_from_here_is_printed(
    client: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """It ends with 1, as nothing was set up; once it is there, there is nothing to do."""
    row = BY_NAME[client]
    assert main(["setup", client, "--yes"]) == 1
    said = capsys.readouterr()
    assert "add the block by hand" in said.err
    place, _, block = said.out.partition("\n\n")
    assert rows(client, block)[row.root]["vultr-cost"] == row.local(UVX).value
    if row.path is None:
        assert place == f"{row.title}: {row.place}"
        return
    path = row.path(machine)
    assert not path.exists()
    path.parent.mkdir(parents=True)
    path.write_text(f"# mine\n{block}", "utf-8")
    assert main(["setup", client]) == 0
    assert "nothing to do" in capsys.readouterr().out


@pytest.mark.parametrize("client", [*BY_NAME])
def test_the_block_can_be_printed_and_nothing_is_written(
    client: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["setup", client, "--print"]) == 0
    _, _, block = capsys.readouterr().out.partition("\n\n")
    assert rows(client, block)[BY_NAME[client].root]["vultr-cost"]
    path = BY_NAME[client].path
    assert path is None or not path(machine).exists()
    # What a client does not expand counts as no key.
    keys = [text for text in block.split('"') if "KEY" in text and text.startswith(("$", "{"))]
    assert all(real_key(text) is None for text in keys if not text.startswith("{"))


@pytest.mark.parametrize("name", [row for row in WRITTEN if BY_NAME[row].form == "json"])
def test_comments_and_everything_else_of_json_stay(name: str, machine: Machine) -> None:
    del machine
    client = BY_NAME[name]
    before = COMMENTED.replace("mcpServers", client.root)
    after = configured.changed(client, before, client.local(UVX))
    kept = iter(after.splitlines())
    # Each old line is there, in order; the last of an object may have got a comma.
    for line in before.splitlines():
        assert any(line in {other, other.removesuffix(",")} for other in kept), line
    found = parse(after).value
    assert found[client.root]["other"] == {
        "command": "other", "args": ["//no comment", "a,b"], "env": {},
    }  # fmt: skip
    assert found[client.root]["vultr-cost"] == client.local(UVX).value


def test_comments_and_everything_else_of_toml_stay() -> None:
    codex = BY_NAME["codex"]
    after = configured.changed(codex, TOML, codex.local(UVX))
    assert after.startswith(TOML)
    entry = codex.local(["/bin/vultr-cost-mcp"])
    other = configured.changed(codex, after + "\n[tail]\nx = 1\n", entry)
    assert other.startswith(TOML)
    found = tomllib.loads(other)
    assert found["mcp_servers"]["vultr-cost"] == entry.value
    assert found["tail"] == {"x": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{\n  "mcpServers": '),
        ('{"a": 1}', '{"a": 1,\n  "mcpServers": '),
        ('{\n\t"a": {},\n}\n', '{\n\t"a": {},\n\t"mcpServers": '),
        ('{"mcpServers": {}}', '{"mcpServers": {\n  "vultr-cost": '),
        ("", '{\n  "mcpServers": '),
        ('{"mcpServers": {"vultr-cost": 1}}', '{"mcpServers": {"vultr-cost": {'),
    ],
)
def test_an_entry_is_put_where_it_belongs(before: str, after: str) -> None:
    cursor = BY_NAME["cursor"]
    assert configured.changed(cursor, before, cursor.local(UVX)).startswith(after)


@pytest.mark.parametrize(
    "text", ["[1]", '{"mcpServers": []}', '{"a" 1}', '{"a": 1 "b": 2}', "{", "{} {}", "{a: 1}"]
)
def test_what_is_not_understood_is_not_touched(
    text: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    path = path_of("cursor", machine)
    path.parent.mkdir()
    path.write_text(text)
    assert main(["setup", "cursor", "--yes"]) == 1
    assert path.read_text() == text
    assert "--print" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["= 1", 'mcp_servers.vultr-cost = { command = "x" }'])
def test_toml_that_cannot_be_changed_is_not_touched(text: str) -> None:
    with pytest.raises(ConfigError, match="--print"):
        configured.changed(BY_NAME["codex"], text, BY_NAME["codex"].local(UVX))


@pytest.mark.parametrize("name", WRITTEN)
def test_the_user_s_own_key_and_options_stay_and_are_not_shown(
    name: str, machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also the secrets of other servers are not shown, which stand beside the change."""
    client, path = BY_NAME[name], path_of(name, machine)
    entry = client.local(["/old/vultr-cost-mcp"]).value
    settings = next((key for key in entry if key.startswith("env") and key != "env_vars"), "env")
    mine = {**entry, settings: {"VULTR_API_KEY": KEY, "VULTR_COST_BUDGET": "80"}, "note": ["own"]}
    path.parent.mkdir(parents=True, exist_ok=True)
    if client.form == "toml":
        own = f'env = {{ VULTR_API_KEY = "{KEY}", VULTR_COST_BUDGET = "80" }}\nnote = ["own"]\n'
        text = f'[a]\ntoken = "{TOKEN}"\n\n[mcp_servers.vultr-cost]\ncommand = "old"\n{own}'
        mine["env_vars"] = ["VULTR_API_KEY"]
    else:
        other = {"other": {"command": "x", "env": {"TOKEN": TOKEN}}}
        text = json.dumps({client.root: {**other, "vultr-cost": mine}}, indent=2)
    path.write_text(text)
    assert main(["setup", name, "--yes"]) == 0
    written = path.read_text()
    ours = client.local(UVX).value
    expected = mine | {key: ours[key] for key in ("command", "args") if key in ours}
    assert rows(name, written)[client.root]["vultr-cost"] == expected
    assert TOKEN in written
    said = capsys.readouterr()
    assert "(hidden)" in said.out
    assert not [secret for secret in (KEY, TOKEN) if secret in said.out + said.err]
    assert main(["setup", name, "--yes"]) == 0
    assert path.read_text() == written


def test_a_token_is_not_sent_to_another_address(machine: Machine) -> None:
    """It stays for its own address alone; a placeholder is not worth keeping."""
    path = path_of("cursor", machine)
    path.parent.mkdir()
    own = {"url": URL, "headers": {"Authorization": f"Bearer {TOKEN}"}}
    path.write_text(json.dumps({"mcpServers": {"vultr-cost": own}}))
    assert main(["setup", "cursor", "--url", URL, "--yes"]) == 0
    assert TOKEN in path.read_text()
    assert main(["setup", "cursor", "--url", f"{URL}2", "--yes"]) == 0
    assert TOKEN not in path.read_text()
    placeholder = {"command": "x", "env": {"VULTR_API_KEY": "your-key-here"}}
    path.write_text(json.dumps({"mcpServers": {"vultr-cost": placeholder}}))
    assert main(["setup", "cursor", "--yes"]) == 0
    assert "your-key-here" not in path.read_text()


def test_tables_inside_the_table_of_toml_stay() -> None:
    codex = BY_NAME["codex"]
    text = (
        '[mcp_servers.vultr-cost]\ncommand = "old"\n\n'
        f'[mcp_servers.vultr-cost.env]\nVULTR_API_KEY = "{KEY}"\n'
    )
    found = tomllib.loads(configured.changed(codex, text, codex.local(UVX)))
    assert found["mcp_servers"]["vultr-cost"] == {
        **codex.local(UVX).value,
        "env": {"VULTR_API_KEY": KEY},
    }
    dated = "[mcp_servers.vultr-cost]\nsince = 2026-11-29\n"
    with pytest.raises(ConfigError, match="--print"):
        configured.changed(codex, dated, codex.local(UVX))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ('"VULTR_API_KEY": "abc"', '"VULTR_API_KEY": "(hidden)"'),
        ('"VULTR_API_KEY": "${env:VULTR_API_KEY}"', None),
        ('"VULTR_API_KEY": "{env:VULTR_API_KEY}"', None),
        ('"VULTR_API_KEY": "your-key-here"', None),
        ('"Authorization": "Bearer your-token-here"', None),
        ('"Authorization": "Bearer ${TOKEN}"', None),
        ('"password": "p${4}x"', '"password": "(hidden)"'),
        ('"Authorization": "Bearer abc"', '"Authorization": "(hidden)"'),
        ('bearer_token_env_var = "VULTR_COST_HTTP_TOKEN"', None),
        ("env = { api_key = 'abc' }", "env = { api_key = '(hidden)' }"),
        ('"args": ["-e", "DB_PASSWORD=abc", "x"]', '"args": ["-e", "DB_PASSWORD=(hidden)", "x"]'),
        ('"args": ["--with", "0123456789abcdefghij"]', '"args": ["--with", "(hidden)"]'),
        ('"command": "/srv/0123456789abcdefghij/bin/vultr-cost-mcp"', None),
        ('"id": "vultr-api-key",', None),
    ],
)
def test_secrets_of_a_line_are_hidden(line: str, shown: str | None) -> None:
    assert masked(line) == (shown or line)


@pytest.mark.parametrize(("said", "written"), [("y\n", True), ("n\n", False), ("", False)])
def test_nothing_is_written_without_consent(
    said: str,
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    written: bool,
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(said))
    assert main(["setup", "cursor"]) == (0 if written else 1)
    assert path_of("cursor", machine).exists() is written
    monkeypatch.setattr(sys, "stdin", io.StringIO(said))
    assert main(["setup", "gemini"]) == 1
    assert "--yes" in capsys.readouterr().err


def test_links_modes_and_line_ends_stay(machine: Machine) -> None:
    real = machine.home / "dotfiles.json"
    real.write_bytes(b'{\r\n  "a": 1\r\n}\r\n')
    real.chmod(0o640)
    path = path_of("cursor", machine)
    path.parent.mkdir()
    path.symlink_to(real)
    assert main(["setup", "cursor", "--yes"]) == 0
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert real.read_bytes().count(b"\r\n") == real.read_bytes().count(b"\n") > 3
    assert sorted(entry.name for entry in machine.home.glob("*.json")) == ["dotfiles.json"]


def test_a_configuration_that_cannot_be_written_stays(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    """1, the reason, and the two ways out; nothing is left behind."""
    path = path_of("cursor", machine)
    path.parent.mkdir()
    with mounted(path.parent, "size=64k"):
        before = "{}\n"
        path.write_text(before)
        with pytest.raises(OSError, match="No space left"):
            (path.parent / "filler").write_bytes(b"x" * 128 * 1024)
        assert main(["setup", "cursor", "--yes"]) == 1
        assert capsys.readouterr().err == (
            f"{path} was not changed: there is no room left. Free some, or use --print and add it "
            "by hand.\n"
        )
        assert path.read_text() == before
        assert sorted(entry.name for entry in path.parent.iterdir()) == ["filler", "mcp.json"]


def test_a_configuration_that_is_switched_off_by_a_link_stays_off(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    path = path_of("cursor", machine)
    path.parent.mkdir()
    path.symlink_to(os.devnull)
    assert main(["setup", "cursor", "--yes"]) == 1
    assert "a folder, a pipe or a device has that name" in capsys.readouterr().err
    assert Path(os.devnull).is_char_device()


def test_without_a_name_the_clients_that_are_here_are_set_up(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["setup", "--yes"]) == 1
    assert "cursor" in capsys.readouterr().err
    assert clients().detail == "None of the known clients was found here."
    (machine.home / ".cursor").mkdir()
    programs = {"codex": "/bin/codex"}
    monkeypatch.setattr(shutil, "which", lambda name, **_: programs.get(name))
    detail = clients().detail
    assert detail == (
        "Not set up in any client found here; vultr-cost-mcp setup adds it to: Cursor, Codex."
    )
    assert main(["setup", "--yes"]) == 0
    assert clients().detail == "Set up in Cursor, Codex."
    assert sorted(path.name for path in machine.home.iterdir()) == [
        ".codex", ".cursor", "project",
    ]  # fmt: skip


def test_a_client_that_is_not_known_is_answered_with_the_nearest(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["setup", "claude-cod"])
    assert ended.value.code == 2
    assert "did you mean claude-code?" in capsys.readouterr().err
    assert [*BY_NAME] == [*options.CLIENTS]


@pytest.mark.parametrize(
    ("system", "config", "paths"),
    [
        (
            "linux",
            "home/.config",
            {
                "claude-desktop": "home/.config/Claude/claude_desktop_config.json",
                "vscode": "home/.config/Code/User/mcp.json",
                "zed": "home/.config/zed/settings.json",
                "goose": "home/.config/goose/config.yaml",
            },
        ),
        (
            "darwin",
            "home/Library/Application Support",
            {
                "claude-desktop": "home/Library/Application Support/Claude/"
                "claude_desktop_config.json",
                "vscode": "home/Library/Application Support/Code/User/mcp.json",
                "zed": "home/.config/zed/settings.json",
                "goose": "home/.config/goose/config.yaml",
            },
        ),
        (
            "win32",
            "home/AppData/Roaming",
            {
                "claude-desktop": "home/AppData/Roaming/Claude/claude_desktop_config.json",
                "vscode": "home/AppData/Roaming/Code/User/mcp.json",
                "zed": "home/AppData/Roaming/Zed/settings.json",
                "goose": "home/AppData/Roaming/Block/goose/config/config.yaml",
            },
        ),
    ],
)
def test_the_files_are_where_each_system_has_them(
    system: Literal["linux", "darwin", "win32"], config: str, paths: dict[str, str]
) -> None:
    machine = Machine(system, Path("home"), Path(config), Path("project"))
    same = {
        "claude-code": "project/.mcp.json",
        "cursor": "home/.cursor/mcp.json",
        "copilot-cli": "home/.copilot/mcp-config.json",
        "codex": "home/.codex/config.toml",
        "gemini": "home/.gemini/settings.json",
        "windsurf": "home/.codeium/windsurf/mcp_config.json",
        "opencode": "home/.config/opencode/opencode.json",
    }
    found = {
        row.name: str(PurePosixPath(row.path(machine))) for row in CLIENTS if row.path is not None
    }
    assert found == {**same, **paths}


def test_the_command_is_the_one_that_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there: dict[str, str] = {"uvx": "/bin/uvx", "vultr-cost-mcp": str(tmp_path)}
    monkeypatch.setattr(shutil, "which", lambda name, **_: there.get(name))
    assert configured.own_command() == UVX
    del there["uvx"]
    assert configured.own_command() == [str(tmp_path)]
    there.clear()
    assert configured.own_command() == [sys.executable, "-m", "vultr_cost_mcp"]
    assert json.dumps(configured.own_command())


def test_an_entry_that_claude_code_keeps_for_the_user_counts(machine: Machine) -> None:
    """As ``claude mcp add --scope user`` writes it; what ``setup`` writes is the project's."""
    own = machine.home / ".claude.json"
    own.write_text('{"mcpServers": {"other": {"command": "x"}}}')
    assert not configured.starts_us(BY_NAME["claude-code"], machine)
    own.write_text('{"mcpServers": {"costs": {"command": "uvx", "args": ["vultr-cost-mcp"]}}}')
    assert configured.starts_us(BY_NAME["claude-code"], machine)
    assert clients().detail == "Set up in Claude Code."
