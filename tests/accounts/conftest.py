"""The configuration of two accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.accounts.stage import DEV, FILE, PROD

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A configuration file with two accounts, and their keys."""
    (tmp_path / "accounts.toml").write_text(FILE)
    (tmp_path / "dev.key").write_text(f"{DEV}\n")
    (tmp_path / "dev.key").chmod(0o600)
    monkeypatch.setenv("KEY_OF_PROD", PROD)
    monkeypatch.delenv("VULTR_COST_BUDGET", raising=False)
    return tmp_path
