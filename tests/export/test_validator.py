"""The public FOCUS validator on our files: every rule of its newest version holds.

It needs a pandas that other tests cannot use, so that it lives in an environment of its own inside
this one: ``python -m venv .venv/focus`` and the dependency group ``focus`` in it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.domain.make import at
from tests.export.sheets import invoiced, line, server, sheet
from vultr_cost_mcp.export.focus import focus_bytes

PYTHON = Path(sys.prefix) / "focus" / ("Scripts" if os.name == "nt" else "bin") / "python"
SCRIPT = Path(__file__).with_name("focus_rules.py")
# Rules that no file of the specification can hold: they name columns that it does not have.
IMPOSSIBLE = {
    "InvoiceIssuer_Required",
    "Provider_Required",
    "Publisher_Required",
    "ResourceID_Required",
    "SkuPriceId_Nullable",
}
RULES = 133

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(), reason="focus-validator is not installed in .venv/focus (group: focus)"
)

SERVICES = [
    line("48", resource=server(), units="744", unit_price="0.0714285714285714", invoice_id="1"),
    line("12.50", "Networking", unit_type="overage", units="1250", unit_price="0.01"),
    line("-50", "Credits and Discounts", unit_type="discount", units="1", unit_price="-50"),
    line("16.56", "Tax", product="Sales Tax", unit_type="flat", units="1", unit_price="16.56"),
    line("20", "Support and Subscriptions", unit_type="flat", units="1", unit_price="20"),
    line("3", "Other", unit_type="", start=None, end=None),
    line("0.55", "Inference", unit_type="tokens", units="1000000", unit_price="5.5E-7"),
    line("1", "Managed Databases", start=at("2026-09-01"), end=at("2026-10-01"), invoice_id="1"),
    line("1", resource=server(label='=1+1 "x", y', tags=("a;=b",)), units="1", unit_price="1"),
]
HOURS_ONLY = [line("48", units="672", unit_price="1", description="a") for _ in range(3)]
SHEETS = {
    "every kind of charge": invoiced(*SERVICES),
    "hours of whole dollars": sheet(*HOURS_ONLY),
    "one line of which little is known": sheet(line(product="", description="")),
    "tax alone": invoiced(line("1", "Tax", unit_type="flat")),
}


# What is right, what is wrong instead, and the rule that has to say so.
MISTAKES = [
    (",USD,", ",DOLLARS,", "BillingCurrency_IsCurrencyCode"),
    (",Compute,", ",Servers,", "ServiceCategory_Enum"),
    ("2026-11-01T00:00:00Z", "November 2026", "BillingPeriodEnd_IsDateTime"),
    (",48.0,", ",$48,", "BilledCost_IsDecimal"),
    (",InvoiceIssuerName,", ",x_Nobody,", "InvoiceIssuer_Required"),
    (",vhp-4c-8gb-amd:ewr,", ",,", "SkuPriceId_Nullable"),
]

Judged = dict[str, dict[str, set[str]]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Give the rules that do not hold, as published and as mended, by sheet or by mistake."""
    folder = tmp_path_factory.mktemp("focus")
    right = focus_bytes(SHEETS["every kind of charge"]).decode()
    texts = {name: focus_bytes(of).decode() for name, of in SHEETS.items()}
    for before, after, rule in MISTAKES:
        assert before in right
        texts[rule] = right.replace(before, after)
    files = [folder / f"{number}.csv" for number in range(len(texts))]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_bytes(text.encode())
    done = subprocess.run(  # noqa: S603
        [PYTHON, SCRIPT, folder / "rules", *files],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return {
        rules: {name: _failing(states) for name, states in zip(texts, rows, strict=True)}
        for rules, rows in found.items()
    }


def _failing(states: dict[str, str]) -> set[str]:
    assert len(states) == RULES
    return {name for name, state in states.items() if state != "passed"}


@pytest.mark.parametrize("name", SHEETS)
def test_every_rule_of_the_specification_holds(judged: Judged, name: str) -> None:
    assert judged["mended"][name] == set()


@pytest.mark.parametrize("name", SHEETS)
def test_as_published_only_the_rules_fail_that_no_file_can_hold(judged: Judged, name: str) -> None:
    assert judged["published"][name] <= IMPOSSIBLE


@pytest.mark.parametrize("rule", [rule for _, _, rule in MISTAKES])
def test_the_validator_does_judge(judged: Judged, rule: str) -> None:
    """What passes did not pass for not being looked at: a mistake is found."""
    assert rule in judged["mended"][rule]
