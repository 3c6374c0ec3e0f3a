"""The public FOCUS validator on our files: every rule that a file can hold, holds.

It needs Python 3.12 and older packages than ours, so that it lives in an environment of its own
inside this one, which ``make engines`` makes. Its package holds the rules of version 1.2; those of
1.3 and 1.4 are downloads. Where a folder has them (``model-1.3.json``), the environment variable
``VULTR_COST_TEST_FOCUS_RULES`` names it, and they are judged as well.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.export.sheets import invoiced, line, server, sheet
from tests.support.nouns import at
from vultr_cost_mcp.export.focus import focus_bytes

PYTHON = Path(sys.prefix) / "focus" / ("Scripts" if os.name == "nt" else "bin") / "python"
SCRIPT = Path(__file__).with_name("focus_rules.py")
# Rules that the validator cannot judge in such a file, each with the reason.
IMPOSSIBLE = {
    "CapacityReservationStatus-C-004-C": "asked of rows that reserve nothing",
    "CommitmentDiscountStatus-C-004-C": "asked of the rows without a commitment",
    "EffectiveCost-C-005-C": "true of purchases of future use alone, asked of every purchase",
    "InvoiceId-C-001-M": "Vultr's ids are digits, which the reader of a CSV file takes for numbers",
    "InvoiceId-C-004-C": "asked of invoiced charges too",
    "InvoiceId-C-005-C": "asked of charges without an invoice too",
}
BUNDLED, JUDGED_RULES = "1.2.0.1", 260

pytestmark = pytest.mark.skipif(
    not PYTHON.exists(),
    reason="focus-validator is not in .venv/focus: make engines, with Python 3.12",
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
    (",USD,", ",DOLLARS,", "BillingCurrency-C-006-M"),
    (",Usage,", ",Tax,", "ConsumedQuantity-C-004-C"),
    ("2026-11-01T00:00:00Z", "November 2026", "BillingPeriodEnd-C-001-M"),
    (",48.0,", ",$48,", "BilledCost-C-001-M"),
    (",InvoiceIssuerName,", ",x_Nobody,", "CostAndUsage-D-023-M"),
    (",Hours,", ",,", "PricingUnit-C-006-C"),
    (",ewr,ewr,", ",ewr,,", "RegionName-C-005-C"),
    (",Virtual Machines,", ",,", "ServiceSubcategory-C-002-M"),
    (",Cloud Compute Hours,", ",,", "SkuMeter-C-005-C"),
]

# To judge a file takes seconds: half of the mistakes are in one, the others in another.
HALVES = {"some mistakes": MISTAKES[::2], "other mistakes": MISTAKES[1::2]}

Judged = dict[str, dict[str, dict[str, str]]]


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """Give the state of every rule, by version, and by sheet or by half of the mistakes."""
    folder = tmp_path_factory.mktemp("focus")
    right = focus_bytes(SHEETS["every kind of charge"]).decode()
    texts = {name: focus_bytes(of).decode() for name, of in SHEETS.items()}
    for name, mistakes in HALVES.items():
        texts[name] = right
        for before, after, _ in mistakes:
            assert before in texts[name]
            texts[name] = texts[name].replace(before, after)
    files = [folder / f"{number}.csv" for number in range(len(texts))]
    for file, text in zip(files, texts.values(), strict=True):
        file.write_bytes(text.encode())
    done = subprocess.run(  # noqa: S603
        [PYTHON, SCRIPT, folder, *files],
        capture_output=True,
        text=True,
        check=False,
        timeout=1200,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return {version: dict(zip(texts, rows, strict=True)) for version, rows in found.items()}


def _failing(states: dict[str, str]) -> set[str]:
    return {name for name, state in states.items() if state == "failed"}


@pytest.mark.parametrize("name", SHEETS)
def test_every_rule_of_the_specification_holds(judged: Judged, name: str) -> None:
    for version, sheets in judged.items():
        assert _failing(sheets[name]) <= set(IMPOSSIBLE), version
        assert list(sheets[name].values()).count("passed") >= JUDGED_RULES
    assert BUNDLED in judged


def test_what_cannot_be_judged_is_no_more_than_said(judged: Judged) -> None:
    """A rule that a newer validator judges rightly leaves the list."""
    failing = [_failing(judged[BUNDLED][name]) for name in SHEETS]
    assert set.union(*failing) == set(IMPOSSIBLE)


@pytest.mark.parametrize(
    ("name", "rule"), [(name, rule) for name, rows in HALVES.items() for _, _, rule in rows]
)
def test_the_validator_does_judge(judged: Judged, name: str, rule: str) -> None:
    """The validator finds a mistake where it is, so that passing it means something."""
    states = {file: rules[rule] for file, rules in judged[BUNDLED].items() if file in HALVES}
    assert states == {file: "failed" if file == name else "passed" for file in HALVES}
    assert judged[BUNDLED]["every kind of charge"][rule] == "passed"
