"""The script that renews hourly prices: from lists on a port of this machine, behind the gates."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from tests.other_clouds import refresh
from tests.other_clouds.refresh import LISTS, main, of_go, of_json
from tests.other_clouds.write import FOLDER, read_table
from vultr_cost_mcp.other_clouds.list_prices import read_rows, read_sources
from vultr_cost_mcp.other_clouds.price_gates import refused

pytestmark = pytest.mark.enable_socket

SHA = "0123456789abcdef0123456789abcdef01234567"
TABLE = (FOLDER / "prices.csv").read_text("utf-8")
AZURE = """package pricing

// generated at 2027-01-05T14:34:50Z

func init() {
	// eastus
	initialOnDemandPrices["eastus"] = map[string]float64{
%s
	}
	initialOnDemandPrices["germanywestcentral"] = map[string]float64{
%s
	}
}
"""
AWS = """package pricing

// generated at 2027-01-06T13:23:24Z for us-east-1

var InitialOnDemandPricesAWS = map[string]map[ec2types.InstanceType]float64{
	// us-east-1
	"us-east-1": {
		// all
		%s
	},
}
"""


class Lists(BaseHTTPRequestHandler):
    """Serves files by their path in a repository; what is not there is a 404."""

    files: ClassVar[dict[str, str]] = {}

    def do_GET(self) -> None:
        """Answer with the newest commit, or with a file at it."""
        commit = {"sha": SHA, "commit": {"committer": {"date": "2027-01-07T08:00:00Z"}}}
        found = next((text for path, text in self.files.items() if path in self.path), None)
        body = json.dumps([commit]) if "/commits?" in self.path else found
        self.send_response(404 if body is None else 200)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """Serve lists with the bundled prices."""
    Lists.files = {one.path: _list_of(one.source) for one in LISTS}
    with ThreadingHTTPServer(("127.0.0.1", 0), Lists) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the script write elsewhere than into the package."""
    for name in ("prices.csv", "sources.toml"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    monkeypatch.setattr(refresh, "FOLDER", tmp_path)
    return tmp_path


def _list_of(source: str) -> str:
    """Return the bundled prices of a source in the form of its list."""
    by_region: dict[str, dict[str, str]] = {}
    for row in read_table(TABLE):
        if row["source"].startswith(source):
            by_region.setdefault(row["region"], {})[row["instance"]] = row["hour_usd"]
    if source == "gcp-karpenter":
        prices = {
            region: {"on_demand": {name: float(hour) for name, hour in rows.items()}, "spot": {}}
            for region, rows in by_region.items()
        }
        return json.dumps({"prices": prices})
    lines = {
        region: [f'\t\t"{name}":  {hour},' for name, hour in rows.items()]
        for region, rows in by_region.items()
    }
    if source == "aws-karpenter":
        return AWS % " ".join(line.strip() for line in lines["us-east-1"])
    return AZURE % ("\n".join(lines["eastus"]), "\n".join(lines["germanywestcentral"]))


def _changed(source: str, old: str, new: str) -> None:
    (path,) = (one.path for one in LISTS if one.source == source)
    assert old in Lists.files[path]
    Lists.files[path] = Lists.files[path].replace(old, new)


def _rows(folder: Path) -> dict[tuple[str, str], dict[str, str]]:
    table = read_table((folder / "prices.csv").read_text("utf-8"))
    return {(row["instance"], row["region"]): row for row in table}


def test_equal_prices_change_only_days_and_revisions(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], address, address) == 0
    assert capsys.readouterr().out == ""
    before = {(row["instance"], row["region"]): row for row in read_table(TABLE)}
    after = _rows(folder)
    assert [{**row, "day": ""} for row in after.values()] == [
        {**row, "day": ""} for row in before.values()
    ]
    assert after["m6a.xlarge", "us-east-1"]["day"] == "2027-01-06"
    assert after["Standard_B2s", "eastus"]["day"] == "2027-01-05"
    assert after["n2d-standard-4", "us-central1"]["day"] == "2027-01-07"
    # Of another source.
    assert after["m6a.xlarge", "eu-central-1"]["day"] == "2025-03-02"
    sources = (folder / "sources.toml").read_text("utf-8")
    assert f"aws/karpenter-provider-aws@{SHA[:8]} pkg/" in sources
    assert sources.count(f"Azure/karpenter-provider-azure@{SHA[:8]} ") == 9


def test_a_new_price_changes_the_month_and_is_printed(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0.0424 x 730 is 30.952."""
    _changed("aws-karpenter", '"t3.medium":  0.0416,', '"t3.medium":  0.042400,')
    assert main(["--dry-run"], address, address) == 0
    assert capsys.readouterr().out == "changed t3.medium in us-east-1: 0.0416 to 0.0424\n"
    assert (folder / "prices.csv").read_text("utf-8") == TABLE
    assert main([], address, address) == 0
    row = _rows(folder)["t3.medium", "us-east-1"]
    assert (row["hour_usd"], row["month_usd"]) == ("0.0424", "30.95")


def test_a_price_of_windows_is_refused_and_the_row_stays(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """E24: the gate compares it with the other sizes of its family."""
    _changed("azure-karpenter", '"Standard_D4as_v5":  0.172,', '"Standard_D4as_v5":  0.356,')
    assert main([], address, address) == 0
    out = capsys.readouterr().out
    assert "kept Standard_D4as_v5 in eastus at 0.172: the new price costs more a vCPU" in out
    row = _rows(folder)["Standard_D4as_v5", "eastus"]
    assert (row["hour_usd"], row["day"]) == ("0.172", "2026-06-18")
    sources = read_sources((folder / "sources.toml").read_text("utf-8"))
    assert refused(read_rows((folder / "prices.csv").read_text("utf-8"), sources)) == {}


def test_a_size_that_vanished_keeps_its_price_and_day(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _changed("gcp-karpenter", '"n2d-standard-4"', '"n9-standard-4"')
    assert main([], address, address) == 0
    out = capsys.readouterr().out
    assert "vanished n2d-standard-4 in us-central1: kept at 0.168984 of 2026-08-03" in out
    assert _rows(folder)["n2d-standard-4", "us-central1"]["day"] == "2026-08-03"


def test_a_list_that_cannot_be_read_leaves_its_rows(
    address: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not found, and without a price in it."""
    del Lists.files[LISTS[0].path]
    Lists.files[LISTS[1].path] = "package pricing\n"
    assert main([], address, address) == 1
    out = capsys.readouterr().out
    assert "not read aws/karpenter-provider-aws: HTTPStatusError" in out
    assert "not read Azure/karpenter-provider-azure: ValueError" in out
    rows = _rows(folder)
    assert rows["m6a.xlarge", "us-east-1"]["day"] == "2026-07-20"
    assert rows["n2d-standard-4", "us-central1"]["day"] == "2027-01-07"


def test_lists_are_read_in_the_forms_that_they_have() -> None:
    assert of_go(
        '\t"us-east-1": {\n\t\t// c1 family\n\t\t"c1.medium": 0.130000, "c1.xlarge": 1.0,'
    ) == {
        ("us-east-1", "c1.medium"): Decimal("0.130000"),
        ("us-east-1", "c1.xlarge"): Decimal("1.0"),
    }
    assert of_json('{"prices": {"a": {"on_demand": {"b": 0.0921}, "spot": {"b": 0.01}}}}') == {
        ("a", "b"): Decimal("0.0921")
    }
