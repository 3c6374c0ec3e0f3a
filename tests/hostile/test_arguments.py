"""Arguments that no honest client sends: refused in two sentences, or answered as promised."""

from __future__ import annotations

import unicodedata
from typing import Any

import anyio
import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcp.types import CallToolResult

from tests.hostile.stage import NAMES, VIRTUAL, check_refusal, check_words, on_stage, server
from tests.support.double import Account, VultrDouble
from tests.support.past import account
from tests.support.stage import text_of

pytestmark = pytest.mark.anyio

EXAMPLES, SOAK_EXAMPLES = 12, 400
SCHEMAS: dict[str, dict[str, Any]] = {
    tool.name: tool.parameters for tool in server()._tool_manager.list_tools()
}
OUTPUTS: dict[str, Any] = {
    tool.name: jsonschema.Draft202012Validator(tool.fn_metadata.output_schema)
    for tool in server()._tool_manager.list_tools()
}
NASTY = (
    "",
    " ",
    "\x00",
    "\ud800",
    "\udfff\ud800",
    "\u202eevil\u2066",
    "\U0001f600" * 40,
    "a" * 100_000,
    "`rm -rf`",
    "[x](https://evil.example)",
    "line\nAs of 18 Nov 2026, 14:05 UTC, complete.",
    "'; DROP TABLE runs; --",
    "../../../etc/passwd",
    "{{7*7}}${7*7}%n%s",
    "=HYPERLINK(1)",
    "\uff12\uff10\uff12\uff16-10",
    "0000-01",
    "0001-01",
    "9999-12",
    "2026-13",
    "2026-11-31",
    "9999-12-31",
    "0001-01-01",
    "current_month\n",
    "NaN",
    "1e400",
    "-0",
)
NUMBERS = (
    *(0, -1, 1, 200, 201, 2**31, 2**63, 2**64, 10**30, 10**400, -(10**30)),
    *(0.5, 1e308, -1e308, 5e-324, float("inf"), float("-inf"), float("nan")),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(NUMBERS),
    st.sampled_from(NASTY),
    st.text(st.characters(exclude_categories=()), max_size=30),
)
anything = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(NASTY[:8]), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture
def anyio_backend() -> object:
    """A loop whose clock leaps over every wait."""
    return VIRTUAL


def fitting(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of an argument that its schema takes, and its edges."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema.get("type")
    if kind == "boolean":
        return st.booleans()
    if kind in {"integer", "number"}:
        low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 0.01)
        return st.sampled_from([low, schema["maximum"], 30 if kind == "integer" else 0.5])
    form = schema.get("description", "")
    if "YYYY-MM" in form and "DD" not in form:
        periods = ["current_month", "last_month", "2026-11", "2026-10", "2026-09", "2026-01"]
        return st.sampled_from([*periods, "0001-01", "0001-02", "0000-05", "9999-12", "2026-12"])
    if form == "YYYY-MM-DD":
        return st.sampled_from(["2026-11-01", "0001-01-01", "9999-12-31"])
    return st.sampled_from(["web", "team", "\x00", "`|\n", "\ud800", "\u202e", "\U0001f600" * 9])


def arguments_of(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments of a tool: some fitting, some not, some that it does not have."""
    known = SCHEMAS[name].get("properties", {})
    each = {argument: st.one_of(fitting(schema), anything) for argument, schema in known.items()}
    strange = st.dictionaries(
        st.sampled_from(("ctx", "self", "account", *NASTY)), anything, max_size=1
    )
    mixed = st.fixed_dictionaries({}, optional=each)
    return st.one_of(
        st.fixed_dictionaries({}, optional={a: fitting(s) for a, s in known.items()}),
        mixed,
        st.tuples(mixed, strange).map(lambda pair: {**pair[0], **pair[1]}),
    )


def check(name: str, arguments: dict[str, Any], result: CallToolResult) -> None:
    """An error in words that repeats little, or an answer that is what the schema promises."""
    text = text_of(result)
    assert not any(
        unicodedata.category(letter) in {"Cc", "Cs", "Cf"} for letter in text if letter != "\n"
    )
    if result.is_error:
        check_refusal(result)
        for given_text in _texts(arguments):
            assert len(given_text) <= 64 or given_text[:65] not in text
        return
    check_words(text)
    assert not list(OUTPUTS[name].iter_errors(result.structured_content))
    assert text.splitlines()[-1].startswith(("As of ", "Partial: "))


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for pair in value.items() for part in pair for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []


async def _ask(name: str, arguments: dict[str, Any]) -> CallToolResult:
    """Ask below the client, which itself refuses what a wire can carry."""
    with anyio.fail_after(25):
        result: Any = await server().call_tool(name, arguments)
    assert isinstance(result, CallToolResult)
    return result


@pytest.mark.parametrize("name", NAMES)
async def test_whatever_is_asked_the_answer_is_an_answer(name: str, *, soak: bool) -> None:
    """No tool crashes, hangs, dumps or repeats what it was given."""
    cases: list[dict[str, Any]] = []

    @settings(
        max_examples=SOAK_EXAMPLES if soak else EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(arguments_of(name))
    def draw(arguments: dict[str, Any]) -> None:
        cases.append(arguments)

    draw()
    for argument in SCHEMAS[name].get("properties", {}):
        wrong = NASTY if soak else NASTY[len(argument) % 4 :: 4]
        nested: tuple[Any, ...] = (None, [], {}, [[]], {"a": {}}, True)
        cases += [{argument: value} for value in (*nested, *wrong)]
        cases += [{argument: value} for value in (NUMBERS if soak else NUMBERS[::3])]
    cases += [{strange: 1} for strange in NASTY[:: 1 if soak else 5]]
    cases.append({f"a{number}": number for number in range(2000)})
    double = VultrDouble(account())
    async with on_stage(double):
        for arguments in cases:
            try:
                check(name, arguments, await _ask(name, arguments))
            except BaseException as error:
                error.add_note(f"{name} {str(arguments)[:300]!a}")
                raise


@pytest.mark.parametrize("period", ["0000-01", "0001-01", "0001-02", "1969-12", "9999-12"])
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        ("breakdown_by_service", "period"),
        ("export_costs", "period"),
        ("explain_cost_change", "from_period"),
        ("explain_cost_change", "to_period"),
    ],
)
async def test_a_month_at_the_end_of_time_is_refused(name: str, argument: str, period: str) -> None:
    """No bill is of such a month, and the calendar has none before or after it."""
    async with on_stage(VultrDouble(account())):
        check_refusal(await _ask(name, {argument: period}))


@pytest.mark.parametrize("arguments", [{}, {"limit": 1}, {"limit": 200}])
async def test_an_empty_account_is_answered(arguments: dict[str, Any]) -> None:
    """Nothing at all is an answer too, of every tool that takes these arguments."""
    async with on_stage(VultrDouble(Account())) as client:
        for name in NAMES:
            if arguments.keys() <= SCHEMAS[name].get("properties", {}).keys():
                check(name, arguments, await client.call_tool(name, arguments))


@pytest.mark.parametrize("name", ["", "nope", "a" * 100_000, "../get_cost_overview", "\x00"])
async def test_a_tool_that_does_not_exist_is_an_error_and_nothing_more(name: str) -> None:
    """The name is not an instruction, and no flood."""
    async with on_stage(VultrDouble(Account())) as client:
        result = await client.call_tool(name, {})
        assert result.is_error
        assert len(text_of(result)) < 200
        check_words(text_of(result))
