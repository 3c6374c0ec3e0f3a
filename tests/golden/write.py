"""Write the golden answers: ``python -m tests.golden.write``; every difference must be meant."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio

from tests.golden.world import ACCOUNTS, FOLDER, answers_of


def main(accounts: list[str]) -> None:
    """Write the file of each account that is named, or of all."""
    for account in accounts or ACCOUNTS:
        with TemporaryDirectory() as exports:
            answers = anyio.run(partial(answers_of, account, Path(exports)))
        (FOLDER / "answers" / f"{account}.txt").write_text(answers, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
