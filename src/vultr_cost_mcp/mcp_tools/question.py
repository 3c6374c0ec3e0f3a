"""A question as its folder declares it: a typed function under a title and a report type."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Concatenate, Generic, TypeVar

import anyio
from mcp.types import ToolAnnotations

from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.mcp_tools.arguments import Ctx
from vultr_cost_mcp.mcp_tools.envelope import DEFAULT_LIMIT, Draft, Report

if TYPE_CHECKING:
    from vultr_cost_mcp.domain.account_parts import Part
    from vultr_cost_mcp.domain.snapshot import Snapshot
    from vultr_cost_mcp.domain.snapshot_source import DetailRequest

# By the protocol, nothing that only reads is destructive.
READS = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=True)
# It changes only our own store or folder, where the same call replaces the same record or file.
WRITES = ToolAnnotations(
    read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=True
)

R = TypeVar("R", bound=Report)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a tool: its account, the client's context, its beginning on the loop's clock."""

    account: Backend
    context: Ctx
    begun: float = field(default_factory=anyio.current_time)
    _known: dict[str, Any] = field(default_factory=dict[str, Any])
    _other_months: set[str] = field(default_factory=set[str])

    async def snapshot(
        self,
        needs: frozenset[Part],
        follow_up: Callable[[Snapshot], Sequence[DetailRequest]] | None = None,
    ) -> Snapshot:
        """Take a snapshot of the account, and report progress to the client.

        ``needs`` are the parts to read, each once in a call. ``follow_up`` returns details to
        request once they are read.
        """

        def followed(snapshot: Snapshot) -> Sequence[DetailRequest]:
            self._other_months.add(snapshot.other_month)
            return follow_up(snapshot) if follow_up else ()

        taken = await self.account.take(needs, followed, self.progress, known=self._known)
        self._other_months.add(taken.other_month)
        return taken

    def explained(self, error: UnknownValueError) -> UnknownValueError:
        """Return an error with what is wrong with a clock in another month than Vultr's (D5)."""
        said = sorted(filter(None, self._other_months))
        return UnknownValueError(" ".join([str(error), *said])) if said else error

    async def progress(self, done: int, of: int, message: str) -> None:
        """Report progress to the client."""
        await self.context.report_progress(done, of, message)


@dataclass(frozen=True, slots=True)
class Reply(Generic[R]):
    """A snapshot, and the draft of its answer for a number of rows; ``limit`` is the most."""

    snapshot: Snapshot
    draft: Callable[[int], Draft[R]]
    limit: int = DEFAULT_LIMIT


@dataclass(frozen=True, slots=True, eq=False)
class Question(Generic[R]):
    """A question that a tool offers over MCP, declared once and compared by identity.

    The name of ``ask`` is the tool's name, its docstring the description, and its signature after
    ``call`` the input schema. The output schema is that of ``report``.
    """

    ask: Callable[Concatenate[Call, ...], Awaitable[Reply[R]]]
    title: str
    report: type[R]
    annotations: ToolAnnotations


def question(
    title: str, report: type[R], annotations: ToolAnnotations = READS
) -> Callable[[Callable[Concatenate[Call, ...], Awaitable[Reply[R]]]], Question[R]]:
    """Declare the question that the decorated function answers.

    ``title`` is the name for people, and ``annotations`` are hints for clients.
    """

    def declare(ask: Callable[Concatenate[Call, ...], Awaitable[Reply[R]]]) -> Question[R]:
        return Question(ask, title, report, annotations)

    return declare
