"""Runs the public FOCUS validator on files, where it is installed: apart, for its older packages.

``python focus_rules.py FOLDER FILE...`` prints the state of every single rule for every file as
JSON, by version of the specification: the rules that the validator's package holds, and those in
the folder that ``VULTR_COST_TEST_FOCUS_RULES`` names, since newer ones are downloads. What only
some providers need is judged too. The validator looks for its list of currencies where it runs,
so that it runs in FOLDER.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import focus_validator  # type: ignore[import-not-found]
from focus_validator.validator import Validator  # type: ignore[import-not-found]

PACKAGE = Path(focus_validator.__file__).parent
PREFIX, SUFFIX = "model-", ".json"


def rule_sets() -> dict[str, Path]:
    """Give the folder of each version's rules."""
    more = os.environ.get("VULTR_COST_TEST_FOCUS_RULES")  # noqa: TID251
    folders = [PACKAGE / "rules", *([Path(more).resolve()] if more else [])]
    return {
        file.name.removeprefix(PREFIX).removesuffix(SUFFIX): folder
        for folder in folders
        for file in folder.glob(f"{PREFIX}*{SUFFIX}")
    }


def states(file: str, folder: Path, version: str) -> dict[str, str]:
    """Give passed, failed or skipped for every rule that is not made of others."""
    validator = Validator(
        data_filename=file,
        output_destination=None,
        output_type="console",
        rule_set_path=str(folder),
        focus_dataset="CostAndUsage",
        rules_version=version,
        rules_block_remote_download=True,
        applicability_criteria="ALL",
    )
    validator.load()
    found = validator.spec_rules.validate(validator.focus_data)
    return {
        name: "skipped" if of["details"].get("skipped") else "passed" if of["ok"] else "failed"
        for name, of in found.by_rule_id.items()
        if found.rules[name].function != "Composite"
    }


def main(folder: str, *files: str) -> None:
    """Print the state of every rule for every file, by version."""
    paths = [str(Path(file).resolve()) for file in files]
    os.chdir(folder)
    Path("focus_validator").symlink_to(PACKAGE, target_is_directory=True)
    found = {
        version: [states(path, rules, version) for path in paths]
        for version, rules in rule_sets().items()
    }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
