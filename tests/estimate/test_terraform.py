"""A plan that Terraform or OpenTofu makes itself, where one is installed; else skipped.

No provider is downloaded: the built-in ``terraform_data`` carries the attributes of a server, and
the test writes them where the provider of Vultr would.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.estimate.book import PRICES, clock
from vultr_cost_mcp.questions.estimate.changes import price_change
from vultr_cost_mcp.questions.estimate.terraform_plan import read_plan

PROGRAM = shutil.which("terraform") or shutil.which("tofu")
CONFIGURATION = """
resource "terraform_data" "web" {
  count = 2
  input = { plan = "vc2-2c-4gb", region = "fra", backups = "enabled" }
}
"""


@pytest.mark.skipif(PROGRAM is None, reason="neither terraform nor tofu is installed")
def test_a_plan_of_terraform_itself_is_read(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(CONFIGURATION)
    _run(tmp_path, "init", "-input=false")
    _run(tmp_path, "plan", "-input=false", "-out=tfplan")
    plan = json.loads(_run(tmp_path, "show", "-json", "tfplan"))
    assert read_plan(json.dumps(plan)).changes == ()
    for row in plan["resource_changes"]:
        row["type"] = "vultr_instance"
        row["change"]["after"] = row["change"]["after"]["input"]
        row["change"]["after_unknown"] = {}
    priced = [price_change(row, PRICES, clock()) for row in read_plan(json.dumps(plan)).changes]
    assert [(row.action, row.after) for row in priced] == [("create", 24), ("create", 24)]


def _run(folder: Path, *arguments: str) -> Any:
    program = str(PROGRAM)
    return subprocess.run(  # noqa: S603  (the program that the machine has, with fixed arguments)
        [program, *arguments],
        cwd=folder,
        # It asks nobody for its newest version.
        env={**os.environ, "CHECKPOINT_DISABLE": "1"},  # noqa: TID251  (of a child)
        check=True,
        capture_output=True,
        text=True,
    ).stdout
