"""The page of the charts (MCP Apps): offered, self-contained, and drawn by a real browser."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp import Client
from mcp.client import advertise
from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID

from vultr_cost_mcp.accounts.account import account_names
from vultr_cost_mcp.accounts.open import opened
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.questions.tools_list import MONTH_VIEW
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.types import TextResourceContents

pytestmark = pytest.mark.anyio

VIEWED = {"forecast_month_end", "check_budget", "explain_cost_change"}
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = "<img src=x onerror=parent.postMessage('hacked','*')>"
# The host's side of the protocol, without a library: it answers the handshake, sends the result,
# and keeps what came.
HOST = """<!doctype html><meta charset="utf-8"><body><script>
const frame = document.createElement("iframe");
frame.setAttribute("sandbox", "allow-scripts allow-same-origin");
frame.style.cssText = "width:400px;height:900px";
const seen = [];
addEventListener("message", (event) => {
  const message = event.data;
  seen.push(message.method || message);
  if (message.method === "ui/initialize") {
    const result = {protocolVersion: "2026-01-26", hostContext: {theme: THEME}};
    frame.contentWindow.postMessage({jsonrpc: "2.0", id: message.id, result}, "*");
  }
  if (message.method === "ui/notifications/initialized") {
    const method = "ui/notifications/tool-result";
    frame.contentWindow.postMessage({jsonrpc: "2.0", method, params: RESULT}, "*");
  }
});
function show() {
  const view = frame.contentDocument;
  const shown = document.createElement("pre");
  shown.id = "shown";
  shown.textContent = JSON.stringify({
    theme: view.documentElement.dataset.theme,
    text: view.body.querySelector("main").textContent,
    images: view.querySelectorAll("img").length,
    charts: [...view.querySelectorAll("svg[role=img]")].map((svg) =>
      [...svg.querySelectorAll(".value")].map((value) => value.textContent)),
    named: [...view.querySelectorAll("svg")].every((svg) =>
      svg.getAttribute("aria-labelledby").split(" ").every((id) => view.getElementById(id))),
    wide: view.documentElement.scrollWidth,
    seen,
  });
  document.body.append(shown);
}
// The browser's clock leaps where nobody waits: somebody looks until it is drawn.
let looks = 20000;
function look() {
  const chart = frame.contentDocument?.querySelector("svg[role=img]");
  if (chart && seen.includes("ui/notifications/size-changed")) show();
  else if (looks--) setTimeout(look, 10);
}
document.body.append(frame);
frame.srcdoc = PAGE;
look();
</script>"""


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client with MCP Apps, of the sample account with a budget."""
    settings = Settings(VULTR_COST_DEMO=True, VULTR_COST_BUDGET=8000)
    async with opened(settings, lambda: SAMPLE_NOW, account_names(settings)) as backends:
        apps = advertise(EXTENSION_ID, {"mimeTypes": [APP_MIME_TYPE]})
        async with Client(build_server(backends, "0"), extensions=[apps]) as connected:
            yield connected


async def page_of(client: Client) -> TextResourceContents:
    """Read the page as a host does."""
    (content,) = (await client.read_resource(MONTH_VIEW)).contents
    return content  # type: ignore[return-value]


async def test_three_tools_name_the_page(client: Client) -> None:
    """The others have no view; the extension is announced."""
    tools = (await client.list_tools()).tools
    named = {tool.name: (tool.meta or {}).get("ui") for tool in tools if tool.meta}
    assert named == {name: {"resourceUri": MONTH_VIEW} for name in VIEWED}
    assert EXTENSION_ID in (client.server_capabilities.extensions or {})


async def test_the_page_reaches_no_address(client: Client) -> None:
    """One file; the host's policy and its own allow nothing from elsewhere."""
    content = await page_of(client)
    assert content.mime_type == APP_MIME_TYPE
    assert content.meta == {
        "ui": {"csp": {"connectDomains": [], "resourceDomains": []}, "prefersBorder": True}
    }
    assert "default-src 'none'" in content.text
    # The name of SVG is no address that anybody asks.
    addresses = re.findall(r"https?://[^\"'\s]+", content.text)
    assert addresses == ["http://www.w3.org/2000/svg"]
    assert not re.search(r"\b(?:src|href)=|fetch\(|XMLHttp|innerHTML|eval\(", content.text)
    assert len(content.text) < 20_000


def drawn(page: str, result: dict[str, Any], theme: str, folder: Path) -> dict[str, Any]:
    """Draw a result in the browser; return what is shown."""
    given = {"PAGE": page, "RESULT": result, "THEME": theme}
    text = HOST
    for name, value in given.items():
        text = text.replace(name, json.dumps(value).replace("<", "\\u003c"), 1)
    file = folder / "host.html"
    file.write_text(text, "utf-8")
    command = [str(CHROMIUM), "--headless=new", "--no-sandbox", "--disable-gpu"]
    more = ["--virtual-time-budget=300000", f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run(  # noqa: S603  (our own command)
        [*command, *more, file.as_uri()],
        capture_output=True,
        timeout=300,
        check=True,
    )
    shown = re.search(r'<pre id="shown">(.*?)</pre>', done.stdout.decode(), re.DOTALL)
    assert shown is not None, done.stdout.decode()[-500:]
    answer: dict[str, Any] = json.loads(unescape(shown[1]))
    return answer


@pytest.mark.skipif(CHROMIUM is None, reason="wants chromium")
@pytest.mark.parametrize(
    ("tool", "arguments", "theme"),
    [
        ("forecast_month_end", {}, "light"),
        ("explain_cost_change", {"to_period": "current_month"}, "dark"),
        ("explain_cost_change", {}, "light"),
        ("check_budget", {}, "dark"),
    ],
)
async def test_a_browser_draws_the_figures_of_the_text(
    client: Client, tool: str, arguments: dict[str, Any], theme: str, tmp_path: Path
) -> None:
    """Every dollar in a chart is in the text that the model gets too."""
    page = (await page_of(client)).text
    result = await client.call_tool(tool, arguments)
    plain = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    shown = await anyio.to_thread.run_sync(drawn, page, plain, theme, tmp_path)
    said = " ".join(getattr(part, "text", "") for part in result.content)
    figures = {
        figure
        for chart in shown["charts"]
        for value in chart
        for figure in re.findall(r"\$[\d,]+\.\d\d", value)
    }
    assert len(figures) >= 2 or tool == "check_budget"
    assert {figure for figure in figures if figure not in said} == set()
    # Names stand in code, without the backticks around them.
    assert "`" not in shown["text"]
    assert (result.structured_content or {})["headline"].replace("`", "") in shown["text"]
    assert shown["theme"] == theme
    assert shown["named"] is True
    assert shown["charts"]
    # Nothing is wider than 400 pixels.
    assert shown["wide"] <= 400
    assert "ui/notifications/size-changed" in shown["seen"]


@pytest.mark.skipif(CHROMIUM is None, reason="wants chromium")
async def test_a_hostile_name_stays_text_in_the_browser(client: Client, tmp_path: Path) -> None:
    """No element comes out of it, and nothing runs."""
    page = (await page_of(client)).text
    result = await client.call_tool("explain_cost_change", {"to_period": "current_month"})
    plain = result.model_dump(mode="json", by_alias=True, exclude_none=True)
    plain["structuredContent"]["drivers"][0]["name"] = HOSTILE
    shown = await anyio.to_thread.run_sync(drawn, page, plain, "light", tmp_path)
    assert shown["images"] == 0
    assert "hacked" not in shown["seen"]
    assert HOSTILE in shown["text"]
