"""``collect --notify``: send a message for each crossing, once."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from anyio import to_thread

from vultr_cost_mcp.errors import ConfigError, StoreError
from vultr_cost_mcp.history.address import notices_file
from vultr_cost_mcp.history.notices import SentNotices
from vultr_cost_mcp.page.answers import ASKED
from vultr_cost_mcp.page.markdown_page import write_markdown
from vultr_cost_mcp.page.messages import WATCHED, Message, messages
from vultr_cost_mcp.page.month import month_page
from vultr_cost_mcp.terminal.tool_answers import ask_all

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Generator, Mapping, Sequence
    from datetime import datetime

    from mcp import Client

    from vultr_cost_mcp.config import Settings
    from vultr_cost_mcp.page.answers import ToolAnswer

NEEDS_EXTRA = 'Messages need an extra of this program: pip install "vultr-cost-mcp[notify]".'
UNKNOWN_URL = (
    "--notify: there is no address, or one is of no known service. See "
    "https://github.com/caronc/apprise/wiki for their forms."
)


@dataclass(frozen=True, slots=True)
class Notifier:
    """Sends the messages of an account after each of its records.

    ``send`` takes a title and a body, and returns whether they were taken. None is a dry run, which
    prints the messages and keeps nothing.
    """

    send: Callable[[str, str], bool] | None
    sent: SentNotices
    credit_days: int
    digest: bool
    now: Callable[[], datetime]
    write: Callable[[str], object]
    report_error: Callable[[str], None]

    async def __call__(self, client: Client, account: str, account_id: str) -> bool:
        """Send new messages; return whether everything was asked and sent.

        ``account`` is the name to ask for, "" if there is one account; ``account_id`` is its id
        in the history. The record stays as it is.
        """
        answers = await ask_all(client, WATCHED, account)
        whole = self._all_answered(answers)
        if answers["overview"].error:
            return False
        found = messages(answers, account_id, self.credit_days)
        try:
            if self.digest:
                found += await self._digest(client, account, account_id)
            return all([await self._one(message) for message in found]) and whole
        except StoreError as error:
            self.report_error(str(error))
            return False

    def _all_answered(self, answers: Mapping[str, ToolAnswer]) -> bool:
        """Report each question without an answer: silence would look like good news."""
        failed = {name: answer.error for name, answer in answers.items() if answer.error}
        for name, error in failed.items():
            self.report_error(f"Not watched: {WATCHED[name][0]} failed. {error}")
        return not failed

    async def _digest(self, client: Client, account: str, account_id: str) -> list[Message]:
        """Return the report of the ISO week, unless it was sent."""
        year, week, _ = self.now().isocalendar()
        ids = (f"{account_id}/digest/{year}-W{week:02}",)
        if await to_thread.run_sync(self.sent.is_sent, ids):
            return []
        answers = await ask_all(client, ASKED, account)
        if answers["overview"].error:
            return []
        page = month_page(answers)
        return [Message(ids, page.title, write_markdown([page]))]

    async def _one(self, message: Message) -> bool:
        """Send a message unless it was sent; return False if a receiver did not take it."""
        if self.send is None:
            if not await to_thread.run_sync(self.sent.is_sent, message.ids):
                self.write(f"Would send [{message.ids[0]}]\n{message.title}\n{message.body}")
            return True
        # One step, which a signal does not end half-way: a message that was sent is written down.
        return await to_thread.run_sync(self._sent, self.send, message)

    def _sent(self, send: Callable[[str, str], bool], message: Message) -> bool:
        if not self.sent.claim(message.ids, self.now()):
            return True
        sent = send(message.title, f"{message.body}\n\nID: {message.ids[0]}")
        self.sent.settle(message.ids, self.now(), sent=sent)
        if not sent:
            self.report_error(
                f"Not sent: {message.title}. A receiver did not take it; it is sent again with the"
                " next record."
            )
        return sent


def receiver(urls: Sequence[str]) -> Callable[[str, str], bool]:
    """Return a function that sends a title and a body, and returns whether every address took it.

    Raises ConfigError, which repeats no address.
    """
    try:
        # An extra of ours, and slow to import.
        from apprise import Apprise, NotifyFormat  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(NEEDS_EXTRA) from error
    services: Any = Apprise()
    addresses = [url for given in urls for url in _addresses(given)]
    with _own_lines_only():
        is_known = bool(addresses) and all(_added(services, url) for url in addresses)
    if not is_known:
        raise ConfigError(UNKNOWN_URL)

    def send(title: str, body: str) -> bool:
        try:
            with _own_lines_only():
                done = services.notify(title=title, body=body, body_format=NotifyFormat.MARKDOWN)
        except Exception:  # noqa: BLE001  (a receiver's own failure; its text may hold the address)
            return False
        return bool(done)

    return send


def _added(services: Any, url: str) -> bool:
    try:
        return bool(services.add(url))
    except Exception:  # noqa: BLE001  (its text may hold the address)
        return False


@contextmanager
def _own_lines_only() -> Generator[None]:
    """Keep lines of other packages out of the log: they may hold addresses with their secrets."""
    handlers, ours = [*logging.getLogger().handlers], logging.Filter("vultr_cost_mcp")
    for handler in handlers:
        handler.addFilter(ours)
    try:
        yield
    finally:
        for handler in handlers:
            handler.removeFilter(ours)


def _addresses(given: str) -> list[str]:
    """Return an address, or those in the file that ``@FILE`` names, one a line."""
    if not given.startswith("@"):
        return [given]
    try:
        lines = Path(given[1:]).expanduser().read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        # Not its name: it may be an address by mistake.
        msg = "--notify: the file that follows @ cannot be read."
        raise ConfigError(msg) from error
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def notifier(
    settings: Settings,
    options: argparse.Namespace,
    now: Callable[[], datetime],
    write: Callable[[str], object],
    report_error: Callable[[str], None],
) -> Notifier | None:
    """Return the notifier of the options, None without one; raises ConfigError."""
    if not options.notify and not options.dry_run:
        if options.digest:
            msg = "--digest needs --notify URL, or --dry-run to print it."
            raise ConfigError(msg)
        return None
    if settings.demo and settings.store is None and not options.dry_run:
        msg = "The sample account sends messages only with a VULTR_COST_STORE of its own."
        raise ConfigError(msg)
    send = receiver(options.notify) if options.notify else None
    return Notifier(
        send=None if options.dry_run else send,
        sent=SentNotices(notices_file(settings.store)),
        credit_days=options.credit_days,
        digest=options.digest is not None,
        now=now,
        write=write,
        report_error=report_error,
    )
