"""Runs the public FOCUS validator on files, where it is installed: apart, for its old pandas.

``python focus_rules.py FOLDER FILE...`` prints the state of every rule for every file as JSON: as
published, and as mended. The mended ones are written to the folder first: version 1.0.0 of the
validator names four columns and one condition as the specification's version 1.0 does not.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import focus_validator  # type: ignore[import-not-found]
from focus_validator.validator import (  # type: ignore[import-not-found]
    DEFAULT_VERSION_SETS_PATH,
    Validator,
)

VERSION = "1.0"
# As the specification's version 1.0 calls its columns, and the validator does not.
COLUMNS = {
    "column_id: InvoiceIssuer\n": "column_id: InvoiceIssuerName\n",
    "column_id: Provider\n": "column_id: ProviderName\n",
    "column_id: Publisher\n": "column_id: PublisherName\n",
    "column_id: ResourceID\n": "column_id: ResourceId\n",
    # A column of version 0.5 and its values; those of 1.0 say the same.
    "ChargeType IN ('Purchase', 'Usage', 'Refund')": "ChargeCategory IN ('Purchase', 'Usage')",
}


def mended(folder: Path) -> str:
    """Write the rules with the names of the specification."""
    shutil.copytree(Path(DEFAULT_VERSION_SETS_PATH) / VERSION, folder / VERSION)
    for file in (folder / VERSION).iterdir():
        text = file.read_text("utf-8").rstrip("\n") + "\n"
        for wrong, right in COLUMNS.items():
            text = text.replace(wrong, right)
        file.write_text(text, "utf-8")
    return str(folder)


def states(file: str, rules: str) -> dict[str, str]:
    """Give the state of every rule for a file."""
    validator = Validator(
        data_filename=file,
        output_destination=None,
        output_type="console",
        rule_set_path=rules,
        rules_version=VERSION,
    )
    validator.load()
    found = validator.spec_rules.validate(validator.focus_data)
    return {name: rule.status.value for name, rule in found.checklist.items()}


def main(folder: str, *files: str) -> None:
    """Print the state of every rule for every file."""
    both = {"published": DEFAULT_VERSION_SETS_PATH, "mended": mended(Path(folder))}
    # It looks for its list of currencies from where it is installed.
    os.chdir(Path(focus_validator.__file__).parents[1])
    found = {name: [states(file, rules) for file in files] for name, rules in both.items()}
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
