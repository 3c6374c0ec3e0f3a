"""The dashboard on Prometheus: what it asks for is served, and a real server answers it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from vultr_cost_mcp.page.answers import ToolAnswer
from vultr_cost_mcp.page.prometheus_gauges import gauges
from vultr_cost_mcp.terminal.scraping import exposition

parser = pytest.importorskip("prometheus_client.parser", reason="an extra: metrics")

ROOT = Path(__file__).parents[2]
BOARD = json.loads((ROOT / "deploy" / "grafana" / "prometheus.json").read_text("utf-8"))
PAGE = (ROOT / "docs" / "metrics.md").read_text("utf-8")
EXPRESSIONS = [
    (panel["title"], target["expr"], target["legendFormat"])
    for panel in BOARD["panels"]
    for target in panel["targets"]
]
ALERTS = re.findall(r"^ +expr: (.+)$", PAGE, re.MULTILINE)
# A scrape adds those to what a target says.
ADDED = {"instance", "job"}
SECONDS = 120.0


def metrics() -> bytes:
    """Give the text of two accounts with everything known, and parts of one that were not read."""
    common = {"as_of": "2026-11-18T14:05:00Z", "coverage": {"complete": True}}
    unread = {"complete": False, "gaps": [{"part": "instances", "reason": "refused"}]}
    overview = {
        **common,
        "projected_month_end": "672.00",
        "run_rate": {"hourly": "1.00"},
        "credit_left": "77.00",
        "savings_monthly": "5.00",
    }
    services = {**common, "groups": [{"name": "Cloud Compute", "total": "423.00"}]}
    budget = {
        **common,
        "budgets": [{"name": "team", "budget": "600.00", "spent": "423.00", "projected": "672.00"}],
        "omitted_budgets": 2,
    }

    def answers(coverage: dict[str, Any]) -> dict[str, ToolAnswer]:
        return {
            "overview": ToolAnswer({**overview, "coverage": coverage}),
            "services": ToolAnswer(services),
            "budget": ToolAnswer(budget),
        }

    rows = gauges({"shop": answers({"complete": True}), "lab": answers(unread)})
    return exposition(rows, "")[1]


def served() -> dict[str, set[str]]:
    """Give the labels of every metric that a scrape returns."""
    found: dict[str, set[str]] = {}
    for family in parser.text_string_to_metric_families(metrics().decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


@pytest.mark.parametrize("expression", [expr for _, expr, _ in EXPRESSIONS] + ALERTS)
def test_every_metric_and_label_is_served(expression: str) -> None:
    known = served()
    names = re.findall(r"vultr_cost_\w+", expression)
    assert names
    assert set(names) <= set(known)
    labels = set(re.findall(r"(\w+)\s*(?:=~|!~|!=|=)", re.sub(r">=|<=|==", "", expression)))
    labels |= {
        name.strip() for row in re.findall(r"by \(([^)]*)\)", expression) for name in row.split(",")
    }
    assert all(labels <= known[name] for name in names)


def test_legends_and_columns_name_labels_that_are_there() -> None:
    known = set().union(*served().values())
    for title, _, legend in EXPRESSIONS:
        assert set(re.findall(r"\{\{(\w+)\}\}", legend)) <= known, title


def test_every_metric_is_on_the_dashboard() -> None:
    """And in the table of the page."""
    shown = {name for _, expr, _ in EXPRESSIONS for name in re.findall(r"vultr_cost_\w+", expr)}
    assert shown == set(served())
    assert set(re.findall(r"^\| `(vultr_cost_\w+)`", PAGE, re.MULTILINE)) == shown


def test_the_dashboards_hold_no_address() -> None:
    """The data source is chosen on import."""
    for name in ("prometheus", "clickhouse"):
        text = (ROOT / "deploy" / "grafana" / f"{name}.json").read_text("utf-8")
        assert "://" not in text
        for panel in json.loads(text)["panels"]:
            sources = [panel["datasource"], *(target["datasource"] for target in panel["targets"])]
            assert {source["uid"] for source in sources} == {"${datasource}"}


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/plain; version=0.0.4")
        self.end_headers()
        self.wfile.write(metrics())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing."""


@pytest.fixture(scope="module")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run a real Prometheus that has scraped; give its address."""
    program = shutil.which("prometheus")
    if program is None:
        pytest.skip("prometheus is not installed")
    folder = tmp_path_factory.mktemp("prometheus")
    target = HTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=target.serve_forever, args=(0.05,), daemon=True).start()
    (folder / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s}\n"
        "scrape_configs:\n"
        "  - job_name: vultr-cost\n"
        f'    static_configs: [{{targets: ["127.0.0.1:{target.server_port}"]}}]\n'
    )
    log = folder / "log"
    with log.open("wb") as written:
        running = subprocess.Popen(  # noqa: S603
            [
                program,
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                "--web.listen-address=127.0.0.1:0",
                "--log.level=info",
            ],
            stdout=subprocess.DEVNULL,
            stderr=written,
        )
    try:
        address = _address(running, log)
        _wait_until_scraped(address)
        yield address
    finally:
        running.terminate()
        running.wait(SECONDS)
        target.shutdown()
        target.server_close()


def ask(address: str, path: str, **given: str) -> Any:
    """Ask the server's API."""
    query = urllib.parse.urlencode(given)
    with urllib.request.urlopen(f"{address}/api/v1/{path}?{query}", timeout=SECONDS) as answer:  # noqa: S310
        return json.load(answer)


def _address(running: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until it listens at a port that it has chosen; give its address."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and running.poll() is None:
        found = re.search(r'msg="Listening on".* address=(\S+)', log.read_text("utf-8"))
        if found:
            return f"http://{found[1]}"
        threading.Event().wait(0.1)
    pytest.fail(f"Prometheus does not listen: {log.read_text('utf-8')[-2000:]}")


def _wait_until_scraped(address: str) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        try:
            if ask(address, "query", query="up == 1")["data"]["result"]:
                return
        except OSError:
            pass
        threading.Event().wait(0.5)
    pytest.fail("Prometheus did not scrape.")


@pytest.mark.enable_socket
@pytest.mark.parametrize(("title", "expression"), [(t, e) for t, e, _ in EXPRESSIONS])
def test_a_real_prometheus_answers(prometheus: str, title: str, expression: str) -> None:
    """Each account once, whatever labels the scrape adds."""
    query = expression.replace("$account", ".*")
    found = ask(prometheus, "query", query=query)["data"]["result"]
    accounts = sorted(row["metric"].get("account", "") for row in found)
    wanted = {"Not read": ["lab"], "By service": [""]}.get(title, ["lab", "shop"])
    assert accounts == wanted
    now = ask(prometheus, "query", query="time()")["data"]["result"][1]
    given = {"query": query, "start": str(float(now) - 60), "end": now, "step": "15"}
    assert ask(prometheus, "query_range", **given)["status"] == "success"


@pytest.mark.enable_socket
def test_its_figures_are_those_that_were_served(prometheus: str) -> None:
    by_title = {title: expr.replace("$account", "shop") for title, expr, _ in EXPRESSIONS}

    def value(title: str) -> float:
        ((row),) = ask(prometheus, "query", query=by_title[title])["data"]["result"]
        return float(row["value"][1])

    assert value("Spent so far") == 423
    assert value("Projected month end") == 672
    assert value("Budgets, projected") == 1.12
    assert value("Budgets left out") == 2
    assert value("Parts that could not be read") == 0
    lab = by_title["Parts that could not be read"].replace("shop", "lab")
    assert ask(prometheus, "query", query=lab)["data"]["result"][0]["value"][1] == "1"
    accounts = ask(prometheus, "label/account/values", match="vultr_cost_reading_timestamp_seconds")
    assert accounts["data"] == ["lab", "shop"]


def test_the_rules_of_the_page_are_rules(tmp_path: Path) -> None:
    """By promtool, where it is installed."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not installed")
    (rules,) = re.findall(r"^```yaml\n(groups:.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    file = tmp_path / "rules.yml"
    file.write_text(rules, "utf-8")
    done = subprocess.run(  # noqa: S603
        [program, "check", "rules", str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert f"{len(ALERTS)} rules found" in done.stdout
