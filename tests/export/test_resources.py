"""Exported files as MCP resources: an account's own files, byte for byte, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import anyio
import jsonschema  # type: ignore[import-untyped]
import pytest
from mcp import Client, StdioServerParameters
from mcp.shared.exceptions import MCPError
from mcp.types import (
    BlobResourceContents,
    Resource,
    ResourceLink,
    TextContent,
    TextResourceContents,
)

from tests.export.sheets import invoiced, line, rows_of
from tests.support.nouns import charge, snapshot
from tests.support.servers import ERAS
from tests.support.whole import whole
from tests.support.world import Taking
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.errors import ExportError
from vultr_cost_mcp.export import ExportFolder
from vultr_cost_mcp.export import resources as module
from vultr_cost_mcp.export.resources import ExportResources
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

A_LINES = [charge("10.335", description="web \u00fc\u2713 \u65e5\u672c, =1+1"), charge("-3.00")]
B_LINES = [charge("77.00", description="of the other account")]
SHEET = invoiced(line("3.25"))


@asynccontextmanager
async def remote(
    folder: Path, era: Any = "auto", *, accounts: tuple[str, ...] = ("default",)
) -> AsyncIterator[Client]:
    """Connect a client to a server that serves files as resources; ``a`` and ``b`` differ."""
    resources = ExportResources(ExportFolder(folder))
    backends = {
        name: Backend(
            Taking(snapshot(B_LINES if name == "b" else A_LINES, account=name)),
            exports=resources.of_account(name),
        )
        for name in accounts
    }
    async with Client(build_server(backends, "0", resources), mode=era) as client:
        yield client


async def exported(client: Client, **arguments: Any) -> tuple[dict[str, Any], str, ResourceLink]:
    """Export: the structure, the text and the link."""
    result = await client.call_tool("export_costs", arguments)
    answer = whole(result.structured_content)
    assert answer is not None, result
    (text, link) = result.content
    assert isinstance(text, TextContent)
    assert isinstance(link, ResourceLink)
    return answer, text.text, link


async def files(client: Client) -> list[Resource]:
    """List the exported files; the reference texts come before them."""
    listed = (await client.list_resources()).resources
    return [row for row in listed if row.mime_type != "text/markdown"]


def file_of(answer: dict[str, Any]) -> Path:
    """Give the file that an answer names."""
    return Path(answer["path"])


def only_file(folder: Path) -> Path:
    """Give the only file of a folder."""
    (file,) = folder.iterdir()
    return file


async def read(client: Client, uri: str) -> TextResourceContents:
    """Read a resource; it is one text."""
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, TextResourceContents)
    return content


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("form", ["csv", "json", "focus"])
async def test_a_client_elsewhere_reads_the_file(tmp_path: Path, era: str, form: str) -> None:
    """The link leads to the very bytes: their number and SHA-256 are those of the answer."""
    async with remote(tmp_path, era) as client:
        answer, text, link = await exported(client, format=form)
        (tool,) = [
            each for each in (await client.list_tools()).tools if each.name == "export_costs"
        ]
        content = await read(client, link.uri)
        (listed,) = await files(client)
    jsonschema.validate(answer, tool.output_schema)
    file = only_file(tmp_path)
    assert content.text.encode() == file.read_bytes()
    assert answer["uri"] == link.uri == content.uri == listed.uri
    assert answer["uri"] == f"vultr-cost://exports/default/{file.name}"
    assert answer["path"] is None
    assert answer["size_bytes"] == link.size == listed.size == len(content.text.encode())
    assert answer["sha256"] == hashlib.sha256(content.text.encode()).hexdigest()
    assert content.mime_type == link.mime_type == listed.mime_type
    assert answer["uri"] in text
    assert str(tmp_path) not in text + str(answer) + str(link)
    if form == "csv":
        assert [row["total"] for row in rows_of(content.text.encode())] == ["10.335", "-3.00"]


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
async def test_a_client_elsewhere_reads_a_file_that_is_no_text(tmp_path: Path, form: str) -> None:
    """As a blob: the very bytes, of a file that may be in a folder of its own."""
    async with remote(tmp_path, "auto") as client:
        answer, _, link = await exported(client, format=form)
        (content,) = (await client.read_resource(link.uri)).contents
    assert isinstance(content, BlobResourceContents)
    file = tmp_path / link.name
    read_bytes = base64.b64decode(content.blob)
    assert read_bytes == file.read_bytes()
    assert hashlib.sha256(read_bytes).hexdigest() == answer["sha256"]
    assert content.mime_type == link.mime_type


async def test_resources_are_announced_where_there_are_some(tmp_path: Path) -> None:
    """A client that can open the path is told of no file."""
    for era in ERAS:
        async with remote(tmp_path, era) as client:
            assert client.server_capabilities.resources is not None
            assert not client.server_capabilities.resources.subscribe
            assert await files(client) == []
        backends = {"default": Backend(Taking(snapshot(A_LINES)), exports=ExportFolder(tmp_path))}
        async with Client(build_server(backends, "0"), mode=era) as client:
            assert await files(client) == []
            answer, text, link = await exported(client)
            assert answer["uri"] is None
            assert link.uri == Path(answer["path"]).as_uri()
            assert f"File: `{answer['path']}`" in text
            with pytest.raises(MCPError):
                await client.read_resource(link.uri)


@pytest.mark.parametrize("era", ERAS)
async def test_on_one_machine_the_newest_exports_are_listed_by_their_paths(
    tmp_path: Path, era: Any
) -> None:
    """The answer stays as it is; the file can be read by its address as well."""
    resources = ExportResources(ExportFolder(tmp_path), remote=False)
    backends = {
        "default": Backend(Taking(snapshot(A_LINES)), exports=resources.of_account("default"))
    }
    (tmp_path / "secret.txt").write_text("secret")
    async with Client(build_server(backends, "0", resources), mode=era) as client:
        await exported(client, format="json")
        answer, text, link = await exported(client)
        first, second = await files(client)
        content = await read(client, link.uri)
        with pytest.raises(MCPError, match="No exported file has this URI"):
            await client.read_resource((tmp_path / "secret.txt").as_uri())
    assert answer["uri"] is None
    assert f"File: `{answer['path']}`" in text
    assert first.uri == link.uri == Path(answer["path"]).as_uri()
    assert (first.mime_type, second.mime_type) == ("text/csv", "application/json")
    assert content.text.encode() == file_of(answer).read_bytes()


@pytest.mark.enable_socket
async def test_over_stdio_the_real_program_lists_what_it_exported(tmp_path: Path) -> None:
    command = StdioServerParameters(
        command=sys.executable,
        args=["-m", "vultr_cost_mcp", "--demo"],
        env={"VULTR_COST_EXPORT_DIR": str(tmp_path)},
    )
    async with Client(command) as client:
        assert await files(client) == []
        answer, _, _ = await exported(client)
        (listed,) = await files(client)
        content = await read(client, listed.uri)
    assert listed.uri == file_of(answer).as_uri()
    assert content.text.encode() == only_file(tmp_path).read_bytes()


@pytest.mark.parametrize(
    "uri",
    [
        "vultr-cost://exports/default/costs-test-2026-11-partial.json",
        "vultr-cost://exports/default/../default/NAME",
        "vultr-cost://exports/default/..%2Fdefault%2FNAME",
        "vultr-cost://exports/../exports/default/NAME",
        "vultr-cost://exports/other/NAME",
        "vultr-cost://exports//NAME",
        "vultr-cost://exports/default/NAME?x",
        "vultr-cost://exports/default/NAME#x",
        "vultr-cost://exports/default/NAME%00",
        "vultr-cost://exports/default/./NAME",
        "vultr-cost://exports/default/",
        "vultr-cost://exports/default/secret.txt",
        "VULTR-COST://exports/default/NAME",
        "file:///etc/passwd",
        "file://FOLDER/NAME",
        "file://FOLDER/secret.txt",
        "FOLDER/NAME",
        "NAME",
        "/etc/passwd",
        "../../../../etc/passwd",
        "vultr-cost://exports/default/" + "x" * 5000,
        "",
    ],
)
async def test_no_other_uri_leads_to_a_file(tmp_path: Path, uri: str) -> None:
    """It is compared as a whole: nothing of it is ever a path."""
    (tmp_path / "secret.txt").write_text("secret")
    async with remote(tmp_path) as client:
        answer, _, _ = await exported(client)
        name = answer["uri"].rpartition("/")[2]
        asked = uri.replace("NAME", name).replace("FOLDER", str(tmp_path))
        with pytest.raises(MCPError) as refused:
            await client.read_resource(asked)
        assert "No exported file has this URI" in str(refused.value)
        assert "secret" not in refused.value.message


async def test_a_server_reads_only_what_it_has_exported(tmp_path: Path) -> None:
    """Not the files of others in the same folder, nor those of an earlier start."""
    async with remote(tmp_path) as client:
        answer, _, _ = await exported(client)
    async with remote(tmp_path) as client:
        assert await files(client) == []
        with pytest.raises(MCPError, match="until the server restarts"):
            await client.read_resource(answer["uri"])


async def test_each_account_has_resources_of_its_own(tmp_path: Path) -> None:
    """One question for all of them answers with a link for each."""
    async with remote(tmp_path, accounts=("a", "b")) as client:
        result = await client.call_tool("export_costs", {"account": "all"})
        assert result.structured_content is not None
        links = [part for part in result.content if isinstance(part, ResourceLink)]
        rows = {row["account"]: row["note"] for row in result.structured_content["accounts"]}
        assert [rows["a"], rows["b"]] == [link.uri for link in links]
        texts = {name: (await read(client, rows[name])).text for name in ("a", "b")}
        assert "of the other account" in texts["b"]
        assert "of the other account" not in texts["a"]
        crossed = rows["b"].replace("exports/b/", "exports/a/")
        with pytest.raises(MCPError):
            await client.read_resource(crossed)
        assert len(await files(client)) == 2


@pytest.mark.parametrize("account", ["a/b", "..", "../b", "a b", "\u65e5\u672c", "a%2Fb", "a?b#c"])
async def test_whatever_an_account_is_called_its_uri_is_one(tmp_path: Path, account: str) -> None:
    resources = ExportResources(ExportFolder(tmp_path))
    written = await resources.of_account(account)(SHEET, "csv")
    assert written.uri == f"vultr-cost://exports/{quote(account, safe='')}/{written.name}"
    found = await resources.read(written.uri)
    assert found is not None
    assert found[0] == written


@pytest.mark.parametrize("how", ["gone", "longer", "same size", "link", "folder", "pipe"])
async def test_a_file_that_is_not_the_one_that_was_written(tmp_path: Path, how: str) -> None:
    """Whatever stands under its name is not handed out, and nobody waits for it."""
    resources = ExportResources(ExportFolder(tmp_path))
    written = await resources.of_account("a")(SHEET, "csv")
    file = tmp_path / written.name
    content = file.read_bytes()
    file.unlink()
    if how == "longer":
        file.write_bytes(content + b"x")
    elif how == "same size":
        file.write_bytes(b"x" * len(content))
    elif how == "link":
        (tmp_path / "copy").write_bytes(content)
        file.symlink_to(tmp_path / "copy")
    elif how == "folder":
        file.mkdir()
    elif how == "pipe":
        os.mkfifo(file)
    with anyio.fail_after(60), pytest.raises(ExportError, match="Call export_costs again"):
        await resources.read(written.uri)
    if how in {"folder", "pipe"}:
        with pytest.raises(ExportError, match="a pipe or a device has that name"):
            await resources.of_account("a")(SHEET, "csv")
        file.rename(tmp_path / "away")
    again = await resources.of_account("a")(SHEET, "csv")
    assert again == written
    assert await resources.read(written.uri) is not None
    assert len(resources.listed()) == 1


async def test_a_newer_export_takes_the_place_of_the_older(tmp_path: Path) -> None:
    """The same month and format is the same resource; the newest is listed first."""
    resources = ExportResources(ExportFolder(tmp_path))
    export = resources.of_account("a")
    first = await export(SHEET, "csv")
    await export(SHEET, "json")
    second = await export(invoiced(line("9.99")), "csv")
    assert first.uri == second.uri
    assert first.sha256 != second.sha256
    assert [file.mime_type for file in resources.listed()] == ["text/csv", "application/json"]
    found = await resources.read(first.uri)
    assert found is not None
    assert found[0] == second
    assert "9.99" in found[1]


async def test_a_file_that_is_too_large_is_written_and_not_handed_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer says so at once, and where the file is."""
    monkeypatch.setattr("vultr_cost_mcp.questions.export.report.MOST_RESOURCE_BYTES", 100)
    monkeypatch.setattr(module, "MOST_RESOURCE_BYTES", 100)
    async with remote(tmp_path) as client:
        answer, _, link = await exported(client)
        file = only_file(tmp_path)
        assert any(file.name in caveat for caveat in answer["caveats"])
        with pytest.raises(MCPError, match="more than can be read over MCP"):
            await client.read_resource(link.uri)


async def test_only_so_many_files_are_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest is forgotten first."""
    monkeypatch.setattr(module, "_MOST_FILES", 2)
    resources = ExportResources(ExportFolder(tmp_path))
    written = [await resources.of_account(name)(SHEET, "csv") for name in ("a", "b", "c")]
    assert [file.uri for file in resources.listed()] == [written[2].uri, written[1].uri]
    assert await resources.read(written[0].uri) is None


async def test_an_export_that_failed_is_no_resource(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    resources = ExportResources(ExportFolder(tmp_path / "file"))
    with pytest.raises(ExportError):
        await resources.of_account("a")(SHEET, "csv")
    assert resources.listed() == []
