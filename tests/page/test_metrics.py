"""``/metrics``: the tools' figures as gauges, within the age, behind the same access check."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.support.double import NO_BILLING_403, Status, VultrDouble, account_of
from tests.support.served import TOKEN, served
from tests.support.stage import FIXTURES, KEY, NOW, _server, staged_client, structured
from tests.support.virtual_time import VIRTUAL_ASYNCIO
from vultr_cost_mcp.errors import ConfigError
from vultr_cost_mcp.page.answers import ToolAnswer
from vultr_cost_mcp.page.prometheus_gauges import Gauge, gauges
from vultr_cost_mcp.terminal.scraping import NEEDS_EXTRA, Scraped, exposition, scraping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp import Client

pytestmark = pytest.mark.anyio
parser = pytest.importorskip("prometheus_client.parser", reason="an extra: metrics")
openmetrics = pytest.importorskip("prometheus_client.openmetrics.parser")

ACCEPTED = "application/openmetrics-text; version=1.0.0"
LABELS = {"account", "service", "budget", "part"}
Values = dict[tuple[str, ...], float]


@pytest.fixture
def anyio_backend() -> object:
    """An hour of scrapes takes no time."""
    return VIRTUAL_ASYNCIO


@pytest.fixture
def double() -> VultrDouble:
    """The recorded account, which is asked without a socket."""
    return VultrDouble(account_of(FIXTURES), key=KEY, date=NOW)


def parsed(text: bytes, *, as_openmetrics: bool = False) -> Values:
    """Read a text with the client library's own parser: values by name and label values."""
    read = openmetrics if as_openmetrics else parser
    samples = [
        sample
        for family in read.text_string_to_metric_families(text.decode())
        for sample in family.samples
    ]
    assert all(set(sample.labels) <= LABELS for sample in samples)
    return {(sample.name, *sample.labels.values()): sample.value for sample in samples}


async def settled(scraped: Scraped) -> Values:
    """Scrape, wait until the reading behind it is done, and scrape again."""
    scraped("")
    await anyio.sleep(60)
    return parsed(scraped("")[1])


async def test_before_the_first_reading_there_is_the_timestamp_alone(double: VultrDouble) -> None:
    """0, at once; the scrape starts the reading."""
    async with staged_client(double) as client, anyio.create_task_group() as tasks:
        scraped = Scraped(client, ["default"], tasks)
        before = parsed(scraped("")[1])
        assert before == {("vultr_cost_reading_timestamp_seconds", "default"): 0}
        assert double.count() == 0
        await anyio.sleep(60)
        assert double.count() > 0


async def test_the_values_are_those_of_the_tools(double: VultrDouble) -> None:
    """To the cent; the services sum to the month's total."""
    async with staged_client(double, COST_BUDGET="9000") as client, anyio.create_task_group() as t:
        values = await settled(Scraped(client, ["default"], t))
        overview = structured(await client.call_tool("get_cost_overview"))
        budget = structured(await client.call_tool("check_budget"))
    single = {
        "vultr_cost_projected_month_usd": overview["projected_month_end"],
        "vultr_cost_run_rate_usd_per_hour": overview["run_rate"]["hourly"],
        "vultr_cost_credit_left_usd": overview["credit_left"],
        "vultr_cost_savings_usd_per_month": overview["savings_monthly"],
    }
    for name, text in single.items():
        assert values.get((name, "default")) == (None if text is None else float(text))
    services = [
        Decimal(str(value))
        for name, value in values.items()
        if name[0] == "vultr_cost_month_to_date_usd"
    ]
    assert sum(services) == Decimal(overview["month_to_date"])
    spent, projected = Decimal(budget["spent"]) / 9000, Decimal(budget["projected"]) / 9000
    of_budget = ("default", "VULTR_COST_BUDGET")
    assert values["vultr_cost_budget_ratio", *of_budget] == float(round(spent, 6))
    assert values["vultr_cost_budget_projected_ratio", *of_budget] == float(round(projected, 6))
    assert values["vultr_cost_reading_timestamp_seconds", "default"] == int(NOW.timestamp())


async def test_an_hour_of_scrapes_costs_no_more_than_the_age_says(double: VultrDouble) -> None:
    """Every 15 seconds for an hour are 12 readings of the bill."""
    async with staged_client(double) as client, anyio.create_task_group() as tasks:
        scraped = Scraped(client, ["default"], tasks)
        for _ in range(240):
            began = anyio.current_time()
            scraped("")
            assert anyio.current_time() - began < 0.001
            await anyio.sleep(15)
    bills = [row for row in double.requests if row.path == "/billing/pending-charges"]
    assert len(bills) == 12


async def test_without_scrapes_nothing_is_read(double: VultrDouble) -> None:
    """The age alone starts no reading."""
    async with staged_client(double) as client, anyio.create_task_group() as tasks:
        scraped = Scraped(client, ["default"], tasks)
        await settled(scraped)
        asked = double.count()
        await anyio.sleep(3600)
        assert double.count() == asked


async def test_a_failed_reading_keeps_the_last_values_and_their_time(double: VultrDouble) -> None:
    """The timestamp says how old they are."""
    async with staged_client(double) as client, anyio.create_task_group() as tasks:
        scraped = Scraped(client, ["default"], tasks)
        before = await settled(scraped)
        for path in ("/billing/pending-charges", "/account"):
            double.fail(path, Status(401, "Invalid API token."))
        await anyio.sleep(600)
        assert await settled(scraped) == before


async def test_what_was_not_read_is_a_gap_and_no_zero(double: VultrDouble) -> None:
    """D33: without the lines there is no projection, and the part is named."""
    double.fail("/billing/pending-charges", NO_BILLING_403)
    async with staged_client(double) as client, anyio.create_task_group() as tasks:
        values = await settled(Scraped(client, ["default"], tasks))
    assert values["vultr_cost_gaps", "default", "pending_charges"] == 1
    assert ("vultr_cost_projected_month_usd", "default") not in values
    assert values["vultr_cost_month_to_date_usd", "default", "(unknown)"] > 0


async def test_an_error_of_the_server_is_in_no_group(double: VultrDouble) -> None:
    """What stops the server is said as it was raised."""
    async with staged_client(double):
        with pytest.raises(ConfigError, match="no token"):
            async with scraping(_server(), ["default"]):
                raise ConfigError("no token")  # noqa: EM101, TRY003


class _Broken:
    """A client whose server fails."""

    async def list_tools(self) -> Any:
        msg = "SECRET"
        raise RuntimeError(msg)


async def test_an_error_of_a_reading_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """The next age tries again; the log names the kind of error alone."""
    broken: Client = _Broken()  # type: ignore[assignment]
    async with anyio.create_task_group() as tasks:
        scraped = Scraped(broken, ["default"], tasks)
        for _ in range(2):
            await settled(scraped)
            await anyio.sleep(300)
    assert [row.getMessage() for row in caplog.records] == [
        "metrics were not read: RuntimeError"
    ] * 2


@pytest.mark.parametrize("accept", ["", ACCEPTED], ids=["text", "openmetrics"])
async def test_the_library_parses_both_forms(accept: str) -> None:
    """Label values are quoted, amounts keep their cents."""
    rows = [Gauge("vultr_cost_x_usd", "X.", ("account",), [(('a"\\\nb',), Decimal("1234567.89"))])]
    content_type, text = exposition(rows, accept)
    assert ("openmetrics" in content_type) == bool(accept)
    values = parsed(text, as_openmetrics=bool(accept))
    assert values == {("vultr_cost_x_usd", 'a"\\\nb'): 1234567.89}


def test_several_accounts_are_told_apart() -> None:
    """One that was not read yet has its timestamp alone."""
    overview = {"as_of": "2026-11-18T14:05:00Z", "coverage": {"complete": True}}
    answers = {
        "overview": ToolAnswer({**overview, "projected_month_end": "5.10"}),
        "services": ToolAnswer({}, "failed"),
        "budget": ToolAnswer({}, "failed"),
    }
    found = {row.name: row.values for row in gauges({"shop": answers, "lab": None})}
    assert found["vultr_cost_projected_month_usd"] == [(("shop",), Decimal("5.10"))]
    times: Sequence[Any] = found["vultr_cost_reading_timestamp_seconds"]
    assert times == [(("shop",), 1795010700), (("lab",), 0)]


@pytest.mark.enable_socket
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_path_needs_the_token() -> None:
    """As calls do; HEAD and POST are no scrapes."""
    text = ("text/plain; version=1.0.0", b"# EOF\n")
    async with served(token=TOKEN, scrape=lambda _: text) as server:
        stranger = await server.ask("GET", "/metrics", headers={"authorization": None})
        assert stranger.status == 401
        assert (await server.ask("POST", "/metrics", body={})).status == 405
        answer = await server.ask("GET", "/metrics", headers={"accept": ACCEPTED})
        assert (answer.status, answer.body) == (200, text[1])
        assert "content-type: text/plain; version=1.0.0" in answer.head
        assert "no-store" in answer.head


@pytest.mark.enable_socket
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_without_the_extra_it_says_so() -> None:
    """501 and one sentence; the protocol goes on."""

    def missing(_: str) -> tuple[str, bytes]:
        raise ConfigError(NEEDS_EXTRA)

    async with served(scrape=missing) as server:
        answer = await server.ask("GET", "/metrics")
        assert answer.status == 501
        assert answer.json["error"]["message"] == NEEDS_EXTRA
    async with served() as server:
        assert (await server.ask("GET", "/metrics")).status == 404
