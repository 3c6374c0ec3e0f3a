"""Write log lines on standard error: one JSON object each, for people and log collectors."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TextIO

_LONGEST = 500


class JsonLine(logging.Formatter):
    """A record as one line of JSON: time, level, logger, message, and the kind of its exception.

    An exception's own text is left out, because it may contain account data.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        kind = record.exc_info[0] if record.exc_info else None
        entry = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage()[:_LONGEST],
            **({"error": kind.__name__} if kind else {}),
        }
        return json.dumps(entry)


def log_to(stream: TextIO = sys.stderr) -> None:
    """Send warnings and errors of the program and its libraries to a stream."""
    lines = logging.StreamHandler(stream)
    lines.setFormatter(JsonLine())
    logging.basicConfig(handlers=[lines], level=logging.WARNING)
