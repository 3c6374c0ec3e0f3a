"""Log lines: one JSON object each, without the texts of exceptions."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable

from vultr_cost_mcp.config.logs import JsonLine


def logged(write: Callable[[logging.Logger], None]) -> list[dict[str, str]]:
    """The lines that a piece of code logs."""
    stream = io.StringIO()
    logger = logging.getLogger("of.a.library")
    lines = logging.StreamHandler(stream)
    lines.setFormatter(JsonLine())
    logger.addHandler(lines)
    try:
        write(logger)
    finally:
        logger.removeHandler(lines)
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_object() -> None:
    (line,) = logged(lambda logger: logger.warning("two\nlines of %s", "text"))
    time = line.pop("time")
    assert line == {"level": "WARNING", "logger": "of.a.library", "message": "two\nlines of text"}
    assert time.endswith("+00:00")


def test_an_exception_is_named_and_not_quoted() -> None:
    def write(logger: logging.Logger) -> None:
        try:
            int("SECRET")
        except ValueError:
            logger.exception("it failed")

    (line,) = logged(write)
    assert (line["message"], line["error"]) == ("it failed", "ValueError")
    assert "SECRET" not in json.dumps(line)


def test_a_line_is_cut() -> None:
    (line,) = logged(lambda logger: logger.error("x" * 10_000))
    assert len(line["message"]) == 500
