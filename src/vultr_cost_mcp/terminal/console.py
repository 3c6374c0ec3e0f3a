"""Write to standard output and error, whatever their encoding, and if full or closed."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

_UTF_8 = frozenset({"utf-8", "utf8"})


def as_json(
    value: Mapping[str, Any],
    *,
    indent: int | None = None,
    default: Callable[[Any], str] | None = None,
) -> str:
    """Return JSON that standard output can encode: escaped if it is not UTF-8 (RFC 8259)."""
    encoding = str(getattr(sys.stdout, "encoding", None) or "utf-8").casefold().replace("_", "-")
    text = json.dumps(value, indent=indent, default=default, ensure_ascii=encoding not in _UTF_8)
    # A lone surrogate cannot be encoded.
    whole = text.isascii() or _fits(text)
    return text if whole else json.dumps(value, indent=indent, default=default)


def write(text: str) -> str | None:
    """Write a line to standard output and flush it; return the error as text, None if written."""
    if sys.stdout is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by a shell
        return "it is closed"
    try:
        _line(sys.stdout, text)
    except OSError as error:
        _give_up(sys.stdout)
        return error.strerror or type(error).__name__
    except ValueError:
        return "it is closed"
    return None


def report_error(text: str) -> None:
    """Write a line to standard error if it is open."""
    if sys.stderr is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by a shell
        return
    with suppress(OSError, ValueError):
        _line(sys.stderr, text)


def say(text: str) -> bool:
    """Write an answer, or report on standard error why not; return whether it was written."""
    why = write(text)
    if why is not None:
        report_error(f"The answer could not be written to standard output: {why}.")
    return why is None


def ask(question: str) -> str | None:
    """Return a person's answer, without its line end; None where there is no terminal to ask on."""
    if sys.stdin is None or not sys.stdin.isatty():  # pyright: ignore[reportUnnecessaryComparison]
        return None
    with interruptible():
        sys.stderr.write(question)
        sys.stderr.flush()
        return sys.stdin.readline().strip()


@contextmanager
def interruptible() -> Generator[None]:
    """Let the first Ctrl-C end a wait for input, which an event loop would only take note of."""
    before = signal.getsignal(signal.SIGINT)
    if not callable(before) or threading.current_thread() is not threading.main_thread():
        # Ignored, as in the background of a shell; or a thread, which gets no signals.
        yield
        return
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def settle() -> None:
    """Flush both streams, so that Python does not fail on them at exit."""
    for stream in (sys.stdout, sys.stderr):
        if stream is None:  # pyright: ignore[reportUnnecessaryComparison]  # closed by a shell
            continue
        try:
            stream.flush()
        except OSError:
            _give_up(stream)
        except ValueError:
            continue


def _line(stream: TextIO, text: str) -> None:
    """Write a line; characters missing from the encoding are written as escapes."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    stream.write(f"{shown}\n")
    stream.flush()


def _fits(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _give_up(stream: TextIO) -> None:
    """Discard the stream's buffer, because it cannot be written."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        kept = os.dup(stream.fileno())
        os.dup2(null, stream.fileno())
        os.close(null)
        with suppress(OSError):
            stream.flush()
        # Restore the stream for the next line: there may be space again.
        os.dup2(kept, stream.fileno())
        os.close(kept)
