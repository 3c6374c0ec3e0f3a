"""Values for ``/metrics``: kept for five minutes, read in the background, never waited for."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from mcp import Client

from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.page.prometheus_gauges import SCRAPED, gauges
from vultr_cost_mcp.terminal.tool_answers import accounts, ask_all

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence

    from anyio.abc import TaskGroup
    from mcp.server.mcpserver import MCPServer
    from prometheus_client.metrics_core import Metric

    from vultr_cost_mcp.page.answers import ToolAnswer
    from vultr_cost_mcp.page.prometheus_gauges import Gauge

AGE_SECONDS = 300.0
NEEDS_EXTRA = 'Metrics need an extra of this program: pip install "vultr-cost-mcp[metrics]".'
_log = logging.getLogger(__name__)


@asynccontextmanager
async def scraping(server: MCPServer[Any], names: Sequence[str]) -> AsyncGenerator[Scraped, None]:
    """Yield the values of a server; ``names`` are its accounts as answers name them.

    Errors of the caller pass through as they are, in no group.
    """
    failure: Exception | None = None
    async with Client(server) as client, anyio.create_task_group() as tasks:
        try:
            yield Scraped(client, names, tasks)
        except Exception as error:  # noqa: BLE001  (raised again outside of the groups)
            failure = error
        tasks.cancel_scope.cancel()
    if failure is not None:
        raise failure


class Scraped:
    """The last values of each account, and when to read them again.

    A scrape is answered from kept values. If that is older than ``AGE_SECONDS``, a reading starts
    behind it; without scrapes nothing is read. An account that cannot be read keeps its last values
    and their time.
    """

    def __init__(self, client: Client, names: Sequence[str], tasks: TaskGroup) -> None:
        self._client = client
        self._tasks = tasks
        self._kept: dict[str, Mapping[str, ToolAnswer] | None] = dict.fromkeys(names)
        self._until = -AGE_SECONDS
        self._is_reading = False

    def __call__(self, accept: str) -> tuple[str, bytes]:
        """Return the content type and the text, in a form that a client accepts.

        Raises ConfigError without the extra that writes it.
        """
        if anyio.current_time() >= self._until and not self._is_reading:
            self._is_reading = True
            self._until = anyio.current_time() + AGE_SECONDS
            self._tasks.start_soon(self._read)
        return exposition(gauges(self._kept), accept)

    async def _read(self) -> None:
        try:
            await self._read_all()
        except Exception as error:  # noqa: BLE001  (the server goes on without new values)
            _log.error("metrics were not read: %s", type(error).__name__)
        finally:
            self._is_reading = False

    async def _read_all(self) -> None:
        names = await accounts(self._client)
        # A single account is asked for without a name.
        for asked, name in zip(names, list(self._kept), strict=True):
            answers = await ask_all(self._client, SCRAPED, asked)
            if len(answers) == len(SCRAPED):
                self._kept[name] = answers
            else:
                _log.warning("metrics of %s were not read: %s", name, answers["overview"].error)


def exposition(rows: Sequence[Gauge], accept: str) -> tuple[str, bytes]:
    """Return the content type and text of gauges; raises ConfigError without the extra."""
    try:
        # An extra of ours, and slow to import.
        from prometheus_client import CollectorRegistry  # noqa: PLC0415
        from prometheus_client.exposition import choose_encoder  # noqa: PLC0415
    except ImportError as error:
        raise ConfigError(NEEDS_EXTRA) from error
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Rows(rows))
    encode, content_type = choose_encoder(accept)
    return content_type, encode(registry)


class _Rows:
    """Implements prometheus_client's ``Collector``."""

    def __init__(self, rows: Sequence[Gauge]) -> None:
        self._rows = rows

    def collect(self) -> Iterator[Metric]:
        """Yield each gauge; dollars become floats here, with the digits of their cents."""
        from prometheus_client.core import GaugeMetricFamily  # noqa: PLC0415

        for row in self._rows:
            family = GaugeMetricFamily(row.name, row.help, labels=row.labels)
            for labels, value in row.values:
                family.add_metric(labels, float(value))
            yield family
