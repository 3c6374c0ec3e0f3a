"""Each fault on each path, through the whole server: a clear error or a stated gap, no leak."""

from __future__ import annotations

import json
import logging
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from tests.support.double import (
    INVALID_TOKEN,
    NO_BILLING_401,
    NO_BILLING_403,
    RATE_LIMITED,
    Body,
    Dribble,
    Drop,
    Duplicate,
    EndlessCursor,
    Fault,
    Hang,
    Meta,
    Money,
    Redirect,
    RepeatCursor,
    Shape,
    Slow,
    Status,
    Truncated,
    VultrDouble,
    account_of,
    address_not_allowed,
)
from tests.support.stage import FIXTURES, KEY, NOW, TOOLS, staged_client, structured, text_of
from tests.support.virtual_time import VIRTUAL_ASYNCIO

if TYPE_CHECKING:
    from mcp.types import CallToolResult

pytestmark = pytest.mark.anyio

# D34.
SECONDS = 25.0
SERVER_KINDS = {"instance", "gpu_instance", "kubernetes_node", "bare_metal", "gpu_bare_metal"}
LINES = "/billing/pending-charges"
TRAFFIC = "/instances/*/bandwidth"
# Each path that a tool reads: the part's name, and the kinds of resources that depend on it.
PATHS: dict[str, tuple[str, set[str]]] = {
    LINES: ("pending_charges", set()),
    "/account": ("account", set()),
    "/instances": ("instances", {"instance", "gpu_instance", "kubernetes_node"}),
    "/bare-metals": ("bare_metals", {"bare_metal", "gpu_bare_metal"}),
    "/plans": ("plans", SERVER_KINDS),
    "/plans-metal": ("plans_metal", SERVER_KINDS),
    "/kubernetes/clusters": (
        "kubernetes_clusters",
        {"instance", "kubernetes_node", "load_balancer", "block_storage"},
    ),
    "/blocks": ("blocks", {"block_storage"}),
    "/snapshots": ("snapshots", {"snapshot"}),
    "/load-balancers": ("load_balancers", {"load_balancer"}),
    "/reserved-ips": ("reserved_ips", {"reserved_ip"}),
    "/account/bandwidth": ("account_bandwidth", set()),
    TRAFFIC: ("instance_traffic", set()),
    "/bare-metals/*/bandwidth": ("bare_metal_traffic", set()),
    "/kubernetes/clusters/*/resources": ("cluster_resources", {"load_balancer", "block_storage"}),
}
# One path of each shape meets every fault, the others meet the first few.
THOROUGH = {LINES, "/instances"}

HARM: dict[str, Fault] = {
    "403": NO_BILLING_403,
    "garbage": Body(b"\x00\xff SECRET-GARBAGE {"),
    "hangs": Hang(),
    "503 in HTML": Status(503, "SECRET-IN-HTML", html=True),
    "wrong key": INVALID_TOKEN,
    "address": address_not_allowed(),
    "401 for a permission": NO_BILLING_401,
    "404": Status(404, "SECRET-404"),
    "429 for ever": RATE_LIMITED,
    "429 and a long wait": Status(429, retry_after=120),
    "429 until a date": Status(429, retry_after=86_400 * 365, retry_after_as_date=True),
    "drops in the body": Drop(),
    "truncated": Truncated(),
    "empty": Body(b""),
    "HTML with 200": Body(b"<html>SECRET</html>", "text/html"),
    "NaN": Body(b'{"account": NaN}'),
    "deep": Body(b'{"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "redirect": Redirect("https://evil.example/SECRET"),
    "a list": Shape("top_list"),
    "null": Shape("top_null"),
    "no envelope": Shape("no_envelope"),
    "unknown status": Status(418, "SECRET-418"),
}
FEW = list(HARM)[:3]
# Faults that damage rows or pages of lists; what is left of them is read.
PARTLY: dict[str, Fault] = {
    "null rows": Shape("null_rows"),
    "text rows": Shape("string_rows"),
    "empty rows": Shape("empty_rows"),
    "cursor repeats": RepeatCursor(),
    "cursor without end": EndlessCursor(),
}
# What must change nothing at all.
HARMLESS: dict[str, tuple[Fault, int | None]] = {
    "slow": (Slow(2), None),
    "in pieces": (Dribble(2), None),
    "money as text": (Money("string"), None),
    "money as floats": (Money("float"), None),
    "money as ints": (Money("int"), None),
    "meta nested": (Meta("nested"), None),
    "meta missing": (Meta("missing"), None),
    "meta null": (Meta("null"), None),
    "no links": (Meta("no_links"), None),
    "null links": (Meta("null_links"), None),
    "503 once": (Status(503, html=True), 1),
    "429 once": (RATE_LIMITED, 1),
    "dropped once": (Drop(), 1),
    "garbage once": (Body(b"garbage"), 1),
}

Answers = dict[str, Any]


@pytest.fixture
def anyio_backend() -> object:
    """Seconds are virtual: a path that hangs costs none."""
    return VIRTUAL_ASYNCIO


@pytest.fixture(autouse=True)
def _debug(caplog: pytest.LogCaptureFixture) -> None:
    """Hear everything that any library logs."""
    caplog.set_level(logging.DEBUG)


def new_double() -> VultrDouble:
    """Hold the recorded account, whose bodies are full of secrets."""
    return VultrDouble(account_of(FIXTURES), key=KEY, date=NOW)


async def answers_of(double: VultrDouble) -> dict[str, CallToolResult]:
    """Return each tool's answer, each within D34's time."""
    results = {}
    async with staged_client(double) as client:
        for tool, arguments in TOOLS.items():
            begin = anyio.current_time()
            results[tool] = await client.call_tool(tool, arguments)
            assert anyio.current_time() - begin < SECONDS, tool
    return results


_healthy: dict[str, Answers] = {}
_asked: dict[str, set[str]] = {}


async def healthy() -> dict[str, Answers]:
    """The same answers with no fault anywhere, read once."""
    if not _healthy:
        results = await answers_of(new_double())
        _healthy.update({tool: structured(result) for tool, result in results.items()})
        for tool, arguments in TOOLS.items():
            double = new_double()
            async with staged_client(double) as client:
                await client.call_tool(tool, arguments)
            _asked[tool] = {
                part
                for path, (part, _) in PATHS.items()
                if any(fnmatch(request.path, path) for request in double.requests)
            }
    return _healthy


def assert_no_leak(results: dict[str, CallToolResult], logged: str) -> None:
    """Neither a secret of a body nor the key is in words, figures or logs."""
    for result in results.values():
        everything = f"{text_of(result)} {json.dumps(result.structured_content)}"
        assert "SECRET" not in everything
        assert KEY not in everything
    assert KEY not in logged
    # The redirect's address is httpx's to log, and is no secret of the account.
    assert "SECRET-" not in logged.replace("evil.example/SECRET", "")


def needs(tool: str, part: str) -> bool:
    """Return whether a tool reads a part of a healthy account."""
    return part in _asked[tool]


# D33: what a tool cannot do without. Lines fall back on the account, and the account on lines.
# A forecast needs the lines themselves, and the pool is all that bandwidth is about.
ESSENTIAL = {
    "list_idle_instances": {"instances"},
    "forecast_month_end": {"pending_charges"},
    "get_bandwidth_usage": {"account_bandwidth"},
    "export_costs": {"pending_charges"},
    "estimate_cost": {"plans"},
    "compare_plans": {"plans"},
}


def without_time(answer: Answers) -> Answers:
    """An answer without the moment it was made, and without what only that moment decides."""
    of_the_moment = {"as_of", "straight_line_total", "run_id", "size_bytes", "sha256"}
    kept = {name: value for name, value in answer.items() if name not in of_the_moment}
    if "metrics" in kept:
        kept["metrics"] = {**kept["metrics"], "timestamp": ""}
    return kept


def rows_by_id(answer: Answers, kinds: set[str]) -> dict[str, Any]:
    """The resources that are not of these kinds, without what the bill says of them."""
    return {
        row["id"]: {name: row[name] for name in row if name not in {"month_to_date", "source"}}
        for row in answer["resources"]
        if row["kind"] not in kinds
    }


def assert_others_intact(path: str, results: dict[str, CallToolResult]) -> None:
    """Every figure that does not come from the path is what it was."""
    _, kinds = PATHS[path]
    was = _healthy
    if path != LINES:
        for tool, names in {
            "get_pending_charges": ("total", "charges", "tax", "by_product", "lines"),
            "get_cost_overview": ("month_to_date",),
        }.items():
            answer = structured(results[tool])
            for name in names:
                assert answer[name] == was[tool][name], (tool, name)
    # Without lines a snapshot's price is only one of its two candidates (D9), and what only the
    # lines price has no price (D8).
    other = {*kinds, "snapshot"} if path == LINES else kinds
    before = rows_by_id(was["list_resource_costs"], other)
    now = rows_by_id(structured(results["list_resource_costs"]), other)
    if path == LINES:
        before = {key: row for key, row in before.items() if row["price_source"] != "billed"}
    assert before
    assert {key: now[key] for key in before} == before


def cases() -> list[Any]:
    """Every fault on the thorough paths, the first few on all."""
    return [
        pytest.param(path, HARM[name], id=f"{path} {name}")
        for path in PATHS
        for name in (HARM if path in THOROUGH else FEW)
    ]


@pytest.mark.parametrize(("path", "fault"), cases())
async def test_a_part_that_fails_is_an_error_or_a_gap(
    path: str, fault: Fault, caplog: pytest.LogCaptureFixture
) -> None:
    """D33, D34: essential parts are a clear error, others a gap, and all else is as it was."""
    await healthy()
    caplog.clear()
    double = new_double()
    double.fail(path, fault)
    results = await answers_of(double)
    part = PATHS[path][0]
    for tool, result in results.items():
        if not needs(tool, part):
            assert without_time(structured(result)) == without_time(_healthy[tool]), tool
        elif part in ESSENTIAL.get(tool, set()):
            assert result.is_error, tool
            assert "Vultr" in text_of(result) or "API key" in text_of(result)
        else:
            content = structured(result)
            coverage = content["coverage"]
            (gap,) = [gap for gap in coverage["gaps"] if gap["part"] == part]
            # The headline is hedged where its own figure is touched, and no other figure hides it.
            touched = {figure for gap in coverage["gaps"] for figure in gap["touches"]}
            assert touched >= set(content["partial"]), tool
            own = set(gap["touches"]) - set(content["partial"])
            known = all(content[figure] is not None for figure in own)
            hedged = content["headline"].startswith("At least") or (
                # What was not read may be cheaper: a sentence says it.
                tool == "compare_plans" and "could be read" in content["headline"]
            )
            assert hedged == (known and not coverage["complete"]), tool
            assert "Partial" in text_of(result), tool
        assert "did not expect" not in text_of(result), tool
    assert_others_intact(path, results)
    assert_no_leak(results, caplog.text)


LISTS = [path for path, (part, _) in PATHS.items() if "traffic" not in part and "*" not in path]


@pytest.mark.parametrize("name", PARTLY)
@pytest.mark.parametrize("path", [LINES, "/instances", "/blocks"])
async def test_a_list_that_is_damaged_is_a_gap_with_the_rest_kept(
    path: str, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """D33: damaged rows and pages cost themselves, no sum grows, and the gap counts."""
    await healthy()
    caplog.clear()
    double = new_double()
    double.fail(path, PARTLY[name])
    results = await answers_of(double)
    part = PATHS[path][0]
    lines = structured(results["get_pending_charges"])
    listed = structured(results["list_resource_costs"])
    gaps = {gap["part"]: gap["reason"] for gap in listed["coverage"]["gaps"]}
    assert part in gaps
    assert " read: " in gaps[part]
    if name != "empty rows":
        assert lines["total"] == _healthy["get_pending_charges"]["total"]
        assert rows_by_id(listed, set()) == rows_by_id(_healthy["list_resource_costs"], set())
    assert_no_leak(results, caplog.text)


@pytest.mark.parametrize("name", HARMLESS)
async def test_what_is_harmless_changes_no_figure(name: str) -> None:
    """Numbers as text, metas of every form, slowness and failures that pass: the same answers."""
    await healthy()
    fault, times = HARMLESS[name]
    double = new_double()
    for path in PATHS:
        if name in {"slow", "in pieces"} and "*" in path:
            continue
        double.fail(path, fault, times=times)
    results = await answers_of(double)
    for tool, result in results.items():
        got, was = without_time(structured(result)), without_time(_healthy[tool])
        if name == "money as floats":
            # A float has its own digits, which a line shows.
            got, was = {**got, "lines": ()}, {**was, "lines": ()}
        assert got == was, tool


@pytest.mark.parametrize(
    "path", [path for path in LISTS if path not in {LINES, "/account", "/account/bandwidth"}]
)
async def test_rows_that_come_twice_change_no_figure(path: str) -> None:
    """D33: what has an id is counted once."""
    await healthy()
    double = new_double()
    double.fail(path, Duplicate())
    results = await answers_of(double)
    for tool, result in results.items():
        assert without_time(structured(result)) == without_time(_healthy[tool]), tool


@pytest.mark.parametrize("size", [1, 2, 3])
async def test_tiny_pages_change_no_figure(size: int) -> None:
    """Every list is followed to its last page, however many there are."""
    await healthy()
    double = new_double()
    double.page_size_cap = size
    results = await answers_of(double)
    for tool, result in results.items():
        assert without_time(structured(result)) == without_time(_healthy[tool]), tool


@pytest.mark.parametrize("fault", [Status(403), Hang(), Body(b"garbage")], ids=repr)
async def test_without_the_list_of_regions_every_region_is_taken(fault: Fault) -> None:
    """D33: the list only guards against slips of the pen: without it there is a gap, no error."""
    await healthy()
    double = new_double()
    double.fail("/regions", fault)
    async with staged_client(double) as client:
        listed = structured(await client.call_tool("list_resource_costs", {"region": "AMS"}))
    assert [gap["part"] for gap in listed["coverage"]["gaps"]] == ["regions"]
    assert {row["region"] for row in listed["resources"]} == {"ams"}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (INVALID_TOKEN, "does not accept this API key"),
        (address_not_allowed(), "203.0.113.7"),
        (address_not_allowed(code=403), "203.0.113.7"),
        (NO_BILLING_403, "lacks a permission"),
        (Status(503, html=True), "HTTP 503"),
        (RATE_LIMITED, "too many requests"),
        (Status(429, retry_after=120), "wait 120 seconds"),
        (Hang(), "in time"),
        (Drop(), "could not be reached"),
        (Body(b"garbage"), "could not be read: Vultr's answer was not readable JSON. Ask again"),
        (Body(b"{}"), "could not be read: Vultr's answer lacks '"),
        (Status(404), "Vultr's API refused to show "),
        (Redirect("https://evil.example"), "VULTR_API_URL"),
    ],
    ids=repr,
)
async def test_when_everything_fails_the_error_says_why(fault: Fault, words: str) -> None:
    """D33, D34: each tool that has nothing to answer from says in time what to do."""
    double = new_double()
    double.fail("*", fault)
    results = await answers_of(double)
    for tool in ("get_cost_overview", "get_pending_charges", "list_idle_instances"):
        assert results[tool].is_error, tool
        assert words in text_of(results[tool]), tool
    for result in results.values():
        assert "did not expect" not in text_of(result)


async def test_faults_do_not_outlive_their_cause() -> None:
    """D36: ten seconds after everything failed, everything is as it was."""
    was = await healthy()
    double = new_double()
    double.fail("*", Status(503))
    async with staged_client(double) as client:
        assert (await client.call_tool("get_pending_charges", {})).is_error
        double.heal()
        await anyio.sleep(10.1)
        answer = structured(await client.call_tool("get_pending_charges", {"limit": 200}))
    assert answer["total"] == was["get_pending_charges"]["total"]
    assert answer["coverage"]["complete"] is True


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_texts_of_the_account_cannot_break_an_answer(mode: str) -> None:
    """Half a surrogate, a null byte, endless and hostile labels pass through every tool."""
    double = new_double()
    labels = ["\ud83d", "a\x00b", "x" * 100_000, "\u202eevil", '"; DROP', "{0} %s", "</script>"]
    for row, label in zip(double.account.instances, labels, strict=False):
        row["label"] = label
        row["tags"] = [label]
    for row, label in zip(double.account.pending, labels, strict=False):
        row["description"] = row["product"] = label
    async with staged_client(double, mode=mode) as client:
        for tool, arguments in TOOLS.items():
            answer = structured(await client.call_tool(tool, arguments))
            assert json.dumps(answer).isascii()
            assert "x" * 200 not in json.dumps(answer)
            assert "\ud83d" not in json.dumps(answer, ensure_ascii=False)
