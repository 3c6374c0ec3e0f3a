"""Judge answers while parts fail: the healthy figures, or those of just the parts read.

An answer without an error must meet three conditions:

1. Without a gap: every field is that of the healthy answer, but for what passes with time and what
   else was read.
2. With gaps: it begins with "At least" where its own figure is not ``complete``. The month to date
   comes of lines alone, so it is the healthy one wherever the lines have no gap, but for those of
   an invoice of this month that cannot be read; where the pending lines have one it is what the
   account states (D1, D33). With the lines, which tell what is billed below
   its list price (D8), a sum of the inventory is no more than the healthy one, or null, where a gap
   touches it; where none does it is the healthy one.
3. Where the gaps tell exactly which answers failed, every field is what the same tools say, below
   no network, of a double on which exactly these fail: no gap changes what was read.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from mcp import Client

from tests.soak.account import PAGE_ROWS
from tests.support.double import NO_BILLING_403, Rule, VultrDouble
from tests.support.stage import StagedTransport, settings_for, text_of
from tests.support.whole import whole
from tests.support.world import Backdrop, quick, wired
from vultr_cost_mcp.domain.account_parts import INVOICED
from vultr_cost_mcp.domain.backend import Backend
from vultr_cost_mcp.domain.history import DisabledHistory
from vultr_cost_mcp.export.folder import ExportFolder
from vultr_cost_mcp.families.reading import ENDPOINTS
from vultr_cost_mcp.history import open_history
from vultr_cost_mcp.server import build_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from mcp.types import CallToolResult

    from tests.support.double import Account
    from vultr_cost_mcp.domain.history import History

Question = tuple[str, tuple[tuple[str, Any], ...]]
Fields = dict[str, Any]


def ask(tool: str, **arguments: Any) -> Question:
    """A question that can be a key."""
    return tool, tuple(arguments.items())


COLLECT = ask("collect_metrics")
# One new server, of a plan that the account's list has.
PLAN = json.dumps(
    {
        "format_version": "1.2",
        "resource_changes": [
            {
                "address": "vultr_instance.web",
                "mode": "managed",
                "type": "vultr_instance",
                "name": "web",
                "change": {
                    "actions": ["create"],
                    "before": None,
                    "after": {"plan": "vc2-1c-1gb", "region": "ewr"},
                },
            }
        ],
    }
)
# Every tool, some of them in several ways. With room for all rows: how many of them fit into a
# small answer depends on how long its gaps are.
QUESTIONS: tuple[Question, ...] = (
    ask("get_cost_overview"),
    ask("get_pending_charges"),
    ask("get_pending_charges", detail="lines", limit=200),
    ask("breakdown_by_service"),
    ask("breakdown_by_service", group_by="resource", limit=200),
    ask("breakdown_by_service", group_by="region"),
    ask("breakdown_by_service", group_by="compute_class", period="last_month"),
    ask("list_resource_costs", limit=200),
    ask("list_resource_costs", sort="month_to_date", limit=50),
    ask("list_idle_instances", limit=200),
    ask("estimate_savings", limit=200),
    ask("forecast_month_end"),
    ask("estimate_cost", terraform_plan=PLAN),
    ask("check_budget", monthly_budget=9000),
    ask("get_bandwidth_usage"),
    ask("compare_plans"),
    ask("compare_plans", like="account"),
    ask("explain_cost_change", limit=200),
    ask("explain_cost_change", to_period="current_month", limit=200),
    ask("list_invoices"),
    ask("list_invoices", invoice_id="899"),
    ask("get_cost_history"),
    ask("detect_anomalies"),
    ask("export_costs", format="csv"),
    COLLECT,
)
# Instants, ids of readings, what divides by the time that has passed; and what else was read: a
# part may fail that an answer turns out not to need, as the open bill for a month with an invoice.
_PASSING = frozenset({"as_of", "timestamp", "run_id", "straight_line_total", "sources"})
# What the store has kept by then: readings of the calls themselves find waste that is gone.
_KEPT = frozenset({"realised_savings"})
# What tells of the way an answer came about and what to ask next, and of the folder of a file.
_ABOUT = frozenset({"coverage", "caveats", "next_steps", "path", "uri", "sha256", "size_bytes"})
# The month to date, wherever it stands: sums of lines, of nothing else.
_BILLED: dict[str, tuple[str, ...]] = {
    "get_cost_overview": ("month_to_date",),
    "get_pending_charges": ("total", "period_total", "charges", "credits_and_discounts", "tax"),
    "breakdown_by_service": ("total", "period_total", "charges", "credits_and_discounts", "tax"),
    "list_resource_costs": ("reconciliation.bill_month_to_date",),
    "forecast_month_end": ("month_to_date", "components.accrued"),
    "check_budget": ("spent",),
    "export_costs": ("total",),
    "collect_metrics": ("metrics.pending_charges",),
}
# Of these the account's own statement is the month to date where lines cannot be read.
_STATED = frozenset({"get_cost_overview", "list_resource_costs", "collect_metrics"})
# Sums of what exists: at least that much, and never more.
_AT_LEAST: dict[str, tuple[str, ...]] = {
    "get_cost_overview": ("run_rate.monthly", "idle_monthly_cost", "savings_monthly"),
    "list_resource_costs": ("total_monthly_cost",),
    "list_idle_instances": ("stopped_monthly_cost", "suspended_monthly_cost", "quiet_monthly_cost"),
    "estimate_savings": ("total_monthly_savings", "total_annual_savings"),
    "collect_metrics": ("metrics.snapshot_waste",),
}
_RAW = re.compile(r"Traceback|pydantic|[a-z]Error\b|\.py\b|<class |object at 0x")
# An answer has up to five caveats: one on an older reading takes the place of the last.
_FEWEST = 4
_OLDER = "Vultr allows no more requests just now (429), so this is an older reading"
_FAILED = re.compile(r"could not be read \(")
_REASON = re.compile(r"could not be read \([^;]*\)")
_CUT = re.compile(r"([\d,]+) of [\d,]+ read: the next page failed")
_ALL = re.compile(r"(\d+) of (\d+) not read \(")
# So many gaps are named; there may be more.
_MOST_GAPS = 12


def plain(content: Fields, without: frozenset[str]) -> Fields:
    """An answer without some of its fields."""
    return {name: _plain(value, without) for name, value in content.items() if name not in without}


def read(result: CallToolResult) -> Fields:
    """Return an answer without what passes; what it leaves out reads as its default.

    An older reading that stands in after a 429 (D36) has the same figures, and says so.
    """
    found = plain(result.structured_content or {}, _PASSING | _KEPT)
    if "partial" in found:
        found["partial"] = [name for name in found["partial"] if name not in _KEPT]
    caveats = [text for text in found.pop("caveats", []) if not text.startswith(_OLDER)]
    answer: Fields = whole(found | ({"caveats": caveats[:_FEWEST]} if caveats else {}))
    return answer


def _plain(value: Any, without: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return plain(value, without)
    return [_plain(each, without) for each in value] if isinstance(value, list) else value


def _at(content: Fields, path: str) -> Any:
    found: Any = content
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


@dataclass(repr=False)
class Judge:
    """Takes answers as they come, keeps each that is unlike the others, and judges at the end."""

    stated: Decimal
    invoiced: Decimal
    healthy: dict[Question, list[Fields]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    odd: dict[str, tuple[Question, Fields]] = field(default_factory=dict)
    raw: list[str] = field(default_factory=list)

    def learn(self, question: Question, result: CallToolResult) -> bool:
        """Take an answer of a calm minute for a right one; False where it is none."""
        content = read(result)
        if result.is_error or content["coverage"]["gaps"]:
            return False
        known = self.healthy.setdefault(question, [])
        if content not in known:
            known.append(content)
        return True

    def take(self, question: Question, result: CallToolResult) -> None:
        """Take an answer of a bad minute."""
        text = text_of(result)
        if _RAW.search(text):
            self.raw.append(text[:300])
        if result.is_error:
            self.counts["errors"] += 1
            self.errors[text] += 1
            return
        content = read(result)
        if content in self.healthy.get(question, ()):
            self.counts["healthy"] += 1
            return
        self.counts["partial" if content["coverage"]["gaps"] else "complete"] += 1
        key = json.dumps([question, content], sort_keys=True)
        self.odd[key] = (question, content)

    def changed(self) -> list[str]:
        """The questions that calm minutes answered in more than one way."""
        return [
            f"{question}: {unlike(known[0], other)}"
            for question, known in self.healthy.items()
            for other in known[1:]
        ]

    def wrong(self) -> list[str]:
        """Return violations of the first two rules in any answer."""
        found: list[str] = []
        for question, content in self.odd.values():
            known = self.healthy[question]
            if content in known:
                continue
            if not content["coverage"]["gaps"]:
                found.append(f"{question} is complete and another: {unlike(known[-1], content)}")
            else:
                found += [
                    f"{question}, {gaps_of(content)}: {why}"
                    for why in self._wrong(question, content)
                ]
        return found

    def _wrong(self, question: Question, content: Fields) -> Iterator[str]:
        known = self.healthy[question]
        gaps = content["coverage"]["gaps"]
        complete = content["coverage"]["complete"]
        if not complete and not _hedged(content["headline"]):
            yield f"does not say that it is partial: {content['headline']}"
        if not touched_by(gaps).issuperset(content["partial"]):
            yield f"calls partial what no gap touches: {content['partial']}"
        failed = {gap["part"] for gap in gaps}
        for path in _BILLED.get(question[0], ()):
            right = [_at(each, path) for each in known]
            if "pending_charges" in failed:
                right = [*self._stated(question[0], failed)] if question[0] in _STATED else []
            elif failed & INVOICED and path.split(".")[0] in touched_by(gaps):
                right += [_less(amount, self.invoiced) for amount in right]
            if right and _at(content, path) not in right:
                yield f"{path} is {_at(content, path)}, not {right}"
        if "pending_charges" in failed:
            # Without lines a resource costs what the list says, which may be more (D8).
            return
        yield from self._above(question, content)

    def _stated(self, tool: str, failed: set[str]) -> Iterator[str | None]:
        """Yield the sums without the lines: the account's own, with what is invoiced (D1, D33)."""
        yield None
        if tool == "collect_metrics" or failed & {"invoices", "mid_month_invoices"}:
            yield f"{self.stated:.2f}"
        else:
            yield f"{self.stated + self.invoiced:.2f}"

    def _above(self, question: Question, content: Fields) -> Iterator[str]:
        """Yield the sums of what exists that are too high, or another without a gap's touch."""
        touched = touched_by(content["coverage"]["gaps"])
        for path in _AT_LEAST.get(question[0], ()):
            amounts = [_at(each, path) for each in self.healthy[question]]
            said = _at(content, path)
            if path.split(".")[0] not in touched:
                if said not in amounts:
                    yield f"{path} is {said}, not {amounts}, though no gap touches it"
            elif said is not None:
                most = max(Decimal(amount or 0) for amount in amounts)
                if Decimal(said) > most:
                    yield f"{path} is {said}, more than {most}"

    def told(self) -> list[tuple[Question, Fields, list[Rule]]]:
        """The partial answers whose gaps tell exactly what failed, and what that was."""
        rows = [(question, content, blamed(content)) for question, content in self.odd.values()]
        return [(question, content, rules) for question, content, rules in rows if rules]


def touched_by(gaps: Sequence[Fields]) -> set[str]:
    """Return the fields that rest on what was not read (D33)."""
    return {name for gap in gaps for name in gap["touches"]}


def _less(amount: str | None, invoiced: Decimal) -> str | None:
    """Return an amount without what a mid-month invoice of it has; None stays None."""
    return None if amount is None else f"{Decimal(amount) - invoiced:.2f}"


def _hedged(headline: str) -> bool:
    """Return whether a headline says that its own figure is partial, unknown or none (D33).

    The cheapest plan of those that were read is no lower bound, and no day may be judged yet.
    """
    said = ("unknown", "another may cost less", "0 days can be judged")
    return headline.startswith("At least ") or any(words in headline.lower() for words in said)


def gaps_of(content: Fields) -> str:
    """The gaps of an answer in words."""
    return "; ".join(f"{gap['part']} {gap['reason']}" for gap in content["coverage"]["gaps"])


def blamed(content: Fields) -> list[Rule] | None:
    """Rules by which just that fails which an answer says has failed; None when it is not told."""
    rules: list[Rule] = []
    gaps = content["coverage"]["gaps"]
    if len(gaps) >= _MOST_GAPS:
        return None
    for gap in gaps:
        part, reason = gap["part"], gap["reason"]
        page = None
        cut, every = _CUT.match(reason), _ALL.match(reason)
        if part not in ENDPOINTS:
            return None
        if cut and int(cut[1]) % PAGE_ROWS == 0:
            page = int(cut[1]) // PAGE_ROWS + 1
        elif not _FAILED.match(reason) and not (every and every[1] == every[2]):
            return None
        path = re.sub(r"\{\w+\}", "*", ENDPOINTS[part].path)
        rules.append(Rule(path, NO_BILLING_403, page=page))
    names = [gap["part"] for gap in gaps]
    return rules if len(names) == len(set(names)) else None


def said_alike(content: Fields) -> Fields:
    """Return an answer for comparison: each failed read as if it had failed for one reason.

    ``blamed`` makes every read fail with a 403; the answer had whatever reason the weather gave.
    """
    found = plain(content, _PASSING | _ABOUT)
    for row in found.get("budgets", ()):
        if because := row.get("unknown_because"):
            row["unknown_because"] = _REASON.sub("could not be read", because)
    return found


def unlike(one: Fields, other: Fields, where: str = "") -> list[str]:
    """The fields in which two answers differ."""
    found: list[str] = []
    for name in sorted(one.keys() | other.keys()):
        before, after = one.get(name), other.get(name)
        if isinstance(before, dict) and isinstance(after, dict):
            found += unlike(before, after, f"{where}{name}.")
        elif before != after:
            found.append(f"{where}{name}: {str(before)[:300]} became {str(after)[:300]}")
    return found


def same(one: Fields, other: Fields) -> bool:
    """Return whether two answers are equal, except that either may have fewer rows, or none.

    Gaps take space, so that an answer with gaps of longer reasons shows fewer rows.
    """
    names = one.keys() | other.keys()
    rows = {name for name in names if isinstance(one.get(name, other.get(name)), list)}
    cut = any(len(one.get(name, ())) != len(other.get(name, ())) for name in rows)
    return all(
        all(a == b for a, b in zip(one.get(name, ()), other.get(name, ()), strict=False))
        if name in rows
        else (cut and "omitted" in name) or _field(one, name) == _field(other, name)
        for name in names
    )


def _field(answer: Fields, name: str) -> tuple[bool, Any]:
    """Return whether an answer has a field, and its value: null is not the same as left out."""
    return name in answer, answer.get(name)


class Expected:
    """The answers of the same tools, without a network, for an account with certain failures."""

    def __init__(self, account: Account, now: datetime, folder: Path) -> None:
        self._account = account
        self._now = now
        self._folder = folder
        self._behind = Backdrop()
        behind: Any = self._behind
        backend = Backend(behind.take, behind, ExportFolder(folder / "expected"))
        self._server = build_server({"default": backend}, "0")
        self._kept = open_history(f"sqlite:///{folder / 'expected.db'}")
        self._known: dict[tuple[Question, str], list[Fields]] = {}

    async def differences(self, question: Question, content: Fields, rules: list[Rule]) -> str:
        """In what an answer differs from all that may be said; empty where it does not."""
        if not self._known:
            kept, _ = await self._answer(COLLECT, [], self._kept)
            assert kept is not None
        key = (question, ";".join(f"{rule.path} {rule.page}" for rule in rules))
        if key not in self._known:
            # Of readings with gaps the store knows more or less: what no longer exists, if any.
            file = self._folder / f"empty-{len(self._known)}.db"
            knows_nothing = (
                open_history(f"sqlite:///{file}") if question == COLLECT else DisabledHistory()
            )
            tried = [
                await self._answer(question, rules, each) for each in (knows_nothing, self._kept)
            ]
            self._known[key] = [answer for answer, _ in tried if answer is not None]
        known, said = self._known[key], said_alike(content)
        if any(same(answer, said) for answer in known):
            return ""
        if not known:
            return "an error was expected"
        nearest: list[str] = min((unlike(answer, said) for answer in known), key=len)
        return "; ".join(nearest)

    async def _answer(
        self, question: Question, rules: list[Rule], history: History
    ) -> tuple[Fields | None, str]:
        now = self._now
        anew = [Rule(rule.path, rule.fault, page=rule.page) for rule in rules]
        double = VultrDouble(self._account, page_size_cap=PAGE_ROWS, date=now, rules=anew)
        network = StagedTransport(double)
        async with wired(settings_for(), lambda: now, network, nullcontext()) as source:
            self._behind.source, self._behind.history = source, history
            async with Client(self._server) as client:
                result = await quick(client).call_tool(question[0], dict(question[1]))
        if result.is_error:
            return None, text_of(result)
        return said_alike(result.structured_content or {}), ""
