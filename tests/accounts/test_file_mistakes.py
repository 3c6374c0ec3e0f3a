"""Mistakes in the configuration file: one plain sentence each, without what stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from vultr_cost_mcp.config.file import read_file
from vultr_cost_mcp.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

DOLLARS = "an amount of dollars from 0.01 to 1000000000, such as 500 or 99.50"
A_NAME = "the name of an environment variable (letters, digits and underscores)"
COMMAND = "a command, as one text or as a list of texts"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("budgets = 5", "budgets takes tables, each under [[budgets]], and a whole number"),
        ('[[budgets]]\nmonthly = "s3cret"', f"budgets.0.monthly takes {DOLLARS}, and a text that"),
        ("[[budgets]]\nmonthly = 0", f"budgets.0.monthly takes {DOLLARS}, and a smaller number"),
        ("[[budgets]]\nmonthly = nan", f"budgets.0.monthly takes {DOLLARS}, and no finite number"),
        ("[[budgets]]\nmonthly = true", f"budgets.0.monthly takes {DOLLARS}, and true or false"),
        ('[[budgets]]\nname = "a"', f"budgets.0.monthly is missing: it takes {DOLLARS}."),
        ('[[budgets]]\nmonthly = 5\nservice = "x"', "budgets.0.service: no such service; there"),
        ("history = 1", "history takes a table, and a whole number stands there."),
        (
            "[history]\nkeep_days = 1.5",
            "history.keep_days takes a whole number of days from 1 to 36500, and a number with",
        ),
        ('prices = "s3cret"', 'prices takes a table of amounts, such as "vc2-1c-1gb" = 5.00, and'),
        ("[prices]\nname = []", "prices.name takes an amount of dollars, such as 5 or 5.25, and a"),
        (
            "exempt_tags = 1979-05-27",
            'exempt_tags takes a list of texts, such as ["keep"], and a d',
        ),
        ("accounts = 1", "accounts takes tables, one under [accounts.NAME] for each account, and"),
        ("[accounts]\ntag = 1", "accounts.tag takes a table with key_env, key_file or key_command"),
        ('[accounts."a b"]', "accounts.a b: a name has 1 to 64 letters, digits, dots, hyphens and"),
        ("[accounts.a]\nkey_env = 1", f"accounts.a.key_env takes {A_NAME}, and a whole number"),
        ('[accounts.a]\nkey_env = "s3cret !"', f"accounts.a.key_env takes {A_NAME}, and another"),
        (
            "[accounts.a]\nkey_file = 1",
            "accounts.a.key_file takes the path of a file, as text, and",
        ),
        ("[accounts.a]\nkey_command = []", f"accounts.a.key_command takes {COMMAND}, and an empty"),
        ("key_command = 's3cret \"'", "key_command: a quote is not closed."),
        ('s3 = "s3cret"', "s3 is not known."),
    ],
)
def test_a_mistake_is_one_plain_sentence(text: str, problem: str, tmp_path: Path) -> None:
    """The key, what it takes and the form of what stands there; never its value."""
    path = tmp_path / "vultr-cost.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        read_file(path)
    said = str(caught.value)
    assert said.startswith(f"The file that VULTR_COST_CONFIG names cannot be used: {problem}")
    assert said.endswith(".")
    for words in ("s3cret", "Input should", "valid", "[key]"):
        assert words not in said
