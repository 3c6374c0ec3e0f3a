"""The page of the charts in a host by the AppBridge of ext-apps, checked for accessibility.

It needs Chromium, and a folder in which ``npm install @modelcontextprotocol/ext-apps
@modelcontextprotocol/sdk zod esbuild axe-core`` was run: ``VULTR_COST_TEST_APP_HOST`` names it.
``VULTR_COST_TEST_APP_SHOTS`` names a folder for screenshots.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from vultr_cost_mcp.accounts.account import account_names
from vultr_cost_mcp.accounts.open import opened
from vultr_cost_mcp.config import Settings
from vultr_cost_mcp.demo import SAMPLE_NOW
from vultr_cost_mcp.questions.tools_list import MONTH_VIEW
from vultr_cost_mcp.server import build_server

FOLDER = os.environ.get("VULTR_COST_TEST_APP_HOST", "")  # noqa: TID251  (opting in)
SHOTS = os.environ.get("VULTR_COST_TEST_APP_SHOTS", "")  # noqa: TID251
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
HOSTILE = '<img src=x onerror="parent.HACKED=1;top.document.title=1"><b>'
# Runs in the frame, after the view was drawn.
PROBE = """
setTimeout(async () => {
  const runOnly = ["wcag2a", "wcag2aa", "wcag21aa", "best-practice"];
  const found = await axe.run(document, {runOnly});
  parent.postMessage({probe: {
    theme: document.documentElement.dataset.theme,
    text: document.querySelector("main").textContent,
    values: [...document.querySelectorAll("svg .value, td.amount")].map((each) => each.textContent),
    images: document.querySelectorAll("img, b").length,
    wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    passed: found.passes.length,
    violations: found.violations.map((row) => [row.id, row.impact, row.nodes.length]),
  }}, "*");
}, 400);
"""
QUESTIONS: dict[str, dict[str, Any]] = {
    "forecast_month_end": {},
    "check_budget": {},
    "explain_cost_change": {"to_period": "current_month"},
}

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        not FOLDER or CHROMIUM is None,
        reason="wants Chromium and VULTR_COST_TEST_APP_HOST, a folder with ext-apps and axe-core",
    ),
]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A client of the sample account with a budget."""
    settings = Settings(VULTR_COST_DEMO=True, VULTR_COST_BUDGET=8000)
    async with (
        opened(settings, lambda: SAMPLE_NOW, account_names(settings)) as backends,
        Client(build_server(backends, "0")) as connected,
    ):
        yield connected


@pytest.fixture(scope="module")
def bridge() -> str:
    """The script of the host page with its packages."""
    script = Path(__file__).with_name("app_host.js").read_text("utf-8")
    packed = subprocess.run(  # noqa: S603
        [Path(FOLDER) / "node_modules/.bin/esbuild", "--bundle", "--format=esm"],
        input=script,
        capture_output=True,
        text=True,
        check=True,
        cwd=FOLDER,
    )
    return packed.stdout


def shown(bridge: str, given: dict[str, Any], name: str, folder: Path) -> dict[str, Any]:
    """Show a result in the host page; return what the frame says of itself."""
    axe = (Path(FOLDER) / "node_modules/axe-core/axe.min.js").read_text("utf-8")
    values = json.dumps({**given, "probe": axe + PROBE}).replace("<", "\\u003c")
    scripts = f"<script>const GIVEN = {values};</script>"
    scripts += "<script type=module>" + bridge.replace("</script", "<\\/script") + "</script>"
    file = folder / "host.html"
    file.write_text(f"<!doctype html><meta charset=utf-8><body>{scripts}", "utf-8")
    if SHOTS:
        size = f"--window-size={given['width']},1400"
        _browse(folder, size, f"--screenshot={SHOTS}/{name}.png", file.as_uri())
    dom = _browse(folder, "--dump-dom", file.as_uri())
    found = re.search(r'<pre id="shown"[^>]*>(.*?)</pre>', dom, re.DOTALL)
    assert found is not None, dom[-300:]
    answer: dict[str, Any] = json.loads(unescape(found[1]))
    return answer


def _browse(folder: Path, *options: str) -> str:
    """Run the browser; a frame in a process of its own would not keep its clock."""
    command = [
        str(CHROMIUM),
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--hide-scrollbars",
        "--disable-features=IsolateSandboxedIframes",
        "--virtual-time-budget=8000",
        f"--user-data-dir={folder / 'profile'}",
    ]
    done = subprocess.run(  # noqa: S603  (our own command)
        [*command, *options], capture_output=True, check=True, timeout=300
    )
    return done.stdout.decode()


def amounts(text: str) -> set[str]:
    """The amounts of a text, without their signs."""
    return set(re.findall(r"\$[\d,]+\.\d\d", text))


@pytest.mark.parametrize("width", [400, 900])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("tool", QUESTIONS)
async def test_a_host_shows_the_figures_of_the_text(  # noqa: PLR0917  (fixtures and cases)
    client: Client, bridge: str, tmp_path: Path, tool: str, theme: str, width: int
) -> None:
    """In both themes and widths; nothing that keeps anybody from reading it."""
    result = await client.call_tool(tool, QUESTIONS[tool])
    (page,) = (await client.read_resource(MONTH_VIEW)).contents
    given = {
        "page": page.text,  # type: ignore[union-attr]
        "result": result.model_dump(mode="json", by_alias=True, exclude_none=True),
        "theme": theme,
        "width": width,
    }
    seen = await anyio.to_thread.run_sync(shown, bridge, given, f"{tool}-{theme}-{width}", tmp_path)
    assert seen["theme"] == theme
    assert seen["violations"] == []
    assert seen["passed"] > 10
    assert seen["wide"] <= 0
    assert seen["sizes"]
    said = amounts(" ".join(part.text for part in result.content))  # type: ignore[union-attr]
    figures = amounts(" ".join(seen["values"]))
    assert len(figures) >= 3
    assert figures <= said


async def test_names_stay_text(client: Client, bridge: str, tmp_path: Path) -> None:
    """Markup in a label is shown, runs nothing and makes no element."""
    result = await client.call_tool("explain_cost_change", {"to_period": "current_month"})
    changed = copy.deepcopy(result.model_dump(mode="json", by_alias=True, exclude_none=True))
    for row in changed["structuredContent"]["drivers"]:
        row["name"] = HOSTILE + row["name"]
    (page,) = (await client.read_resource(MONTH_VIEW)).contents
    given = {"page": page.text, "result": changed, "theme": "light", "width": 400}  # type: ignore[union-attr]
    seen = await anyio.to_thread.run_sync(shown, bridge, given, "hostile", tmp_path)
    assert HOSTILE in seen["text"]
    assert (seen["images"], seen["hacked"], seen["title"]) == (0, False, "")
    assert seen["violations"] == []
