"""The package says that it is typed, and its public names are those of the typing test."""

from __future__ import annotations

from importlib.resources import files

import vultr_cost_mcp


def test_package_ships_the_marker_of_typed_packages() -> None:
    assert (files(vultr_cost_mcp) / "py.typed").is_file()


def test_every_public_name_can_be_imported() -> None:
    assert set(vultr_cost_mcp.__all__) == {"Analysis", "Collection", "collect_metrics"}
    for name in vultr_cost_mcp.__all__:
        assert getattr(vultr_cost_mcp, name).__name__ == name
