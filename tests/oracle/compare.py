"""Differences between a real answer and the oracle's expectation, in words.

Names are compared as a reader sees them: without control and bidirectional characters and white
space, the first 40 characters. Values that only some call a plan (a volume's type, an address's
version) count as no plan. A list that was cut (``omitted``) is compared row by row as far as it is
shown; totals are always compared.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Found = list[str]
SHOWN = 40
UNPLANNED = {"high_perf", "storage_opt", "v4", "v6", "nvme", "hdd", "Standard"}
SPECIAL = {"(untagged)", "(countedunderseveraltags)"}
NONE = "(none)"
NO_PRODUCT = "(no product)"
SHARE_TOLERANCE = 0.051
CENT = Decimal("0.01")


def differences(tool: str, expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    """Every difference for one tool's structured answer; an empty list means agreement."""
    return COMPARISONS[tool](expected, answer)


def shown(text: object) -> str:
    """A name as an answer may show it."""
    unseen = ("Cc", "Cf", "Zs", "Zl", "Zp")
    return "".join(c for c in str(text) if unicodedata.category(c) not in unseen)[:SHOWN]


def _amount(where: str, expected: object, got: object) -> Found:
    if expected is None and got is None:
        return []
    try:
        same = expected is not None and Decimal(str(expected)) == Decimal(str(got))
    except InvalidOperation:
        same = False
    return [] if same else [f"{where}: expected {expected}, got {got}"]


def _amounts(
    where: str, names: tuple[str, ...], expected: Mapping[str, Any], got: Mapping[str, Any]
) -> Found:
    return [
        line for name in names for line in _amount(f"{where}{name}", expected[name], got.get(name))
    ]


def _same(where: str, expected: object, got: object) -> Found:
    return [] if expected == got else [f"{where}: expected {expected!r}, got {got!r}"]


def _spent(where: str, expected: object, got: object) -> Found:
    """A month to date; nothing known and nothing spent are the same here."""
    zero = (None, "0.00")
    return [] if expected in zero and got in zero else _amount(where, expected, got)


def _left_out(answer: Mapping[str, Any], name: str = "omitted") -> int:
    omitted = answer.get(name) or {}
    return int(omitted.get("count", 0))


def _pending(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    names = (
        "total", "charges", "credits_and_discounts", "tax", "account_pending_charges",
        "difference", "previous_month_unbilled",
    )  # fmt: skip
    found = _amounts("", names, expected, answer)
    rows: dict[str, list[Mapping[str, Any]]] = {}
    for row in answer.get("by_product", []):
        rows.setdefault(shown(row["product"]), []).append(row)
    for product, wanted in expected["by_product"].items():
        got = rows.pop(shown(product or NO_PRODUCT), [])
        if not got and _left_out(answer):
            continue
        found += _product(f"by_product {product}", wanted, got)
    return found + [f"by_product {name}: not expected" for name in rows]


def _product(where: str, wanted: Mapping[str, Any], got: list[Mapping[str, Any]]) -> Found:
    total = sum((Decimal(row["total"]) for row in got), Decimal(0))
    found = _amount(f"{where} total", wanted["total"], total)
    found += _same(f"{where} line_count", wanted["line_count"], sum(r["line_count"] for r in got))
    services = sorted({row["service"] for row in got})
    found += _same(f"{where} services", wanted["services"], services)
    if len(got) == 1:
        found += _share(f"{where} share", wanted["share_percent"], got[0]["share_percent"])
    return found


def _share(where: str, expected: float | None, got: float | None) -> Found:
    if expected is None or got is None:
        return _same(where, expected, got)
    return [] if abs(expected - float(got)) < SHARE_TOLERANCE else _same(where, expected, got)


def _breakdown(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    names = ("total", "charges", "credits_and_discounts", "tax")
    found = _amounts("", names, expected, answer)
    if "period_total" in answer:
        found += _amount("period_total", expected["period_total"], answer["period_total"])
    if answer.get("untagged") is not None:
        found += _amount("untagged", expected["untagged"], answer["untagged"])
    found += _unattributed(expected["unattributed"], answer.get("unattributed") or {})
    found += _adds_up(answer)
    return found + _groups(expected, answer)


def _unattributed(expected: Mapping[str, Any], got: Mapping[str, Any]) -> Found:
    found = _amount("unattributed total", expected["total"], got.get("total", "0.00"))
    found += _same("unattributed lines", expected["lines"], got.get("lines", 0))
    reasons = got.get("reasons") or {}
    for reason, total in expected["reasons"].items():
        found += _amount(f"unattributed {reason}", total, _reason(reasons.get(reason)))
    return found


def _reason(value: Any) -> Any:
    """A reason's amount, whether it stands alone or beside a count; absent is zero."""
    if isinstance(value, dict):
        return value.get("total", "0.00")
    return "0.00" if value is None else value


def _adds_up(answer: Mapping[str, Any]) -> Found:
    """D14."""
    parts = [row["total"] for row in answer.get("groups", [])]
    parts.append((answer.get("omitted") or {}).get("total", "0.00"))
    parts.append((answer.get("unattributed") or {}).get("total", "0.00"))
    total = sum((Decimal(part) for part in parts), Decimal(0))
    return _amount("groups + omitted + unattributed", answer["total"], total)


def _groups(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    wanted: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for name, total in expected["groups"].items():
        wanted[shown(name)] += Decimal(total)  # type: ignore[assignment]
        counts[shown(name)] += expected["line_counts"].get(name, 0)
    rows = [{**row, "name": _group_name(row["name"], wanted)} for row in answer.get("groups", [])]
    got: Counter[str] = Counter()
    lines: Counter[str] = Counter()
    for row in rows:
        got[row["name"]] += Decimal(row["total"])  # type: ignore[assignment]
        lines[row["name"]] += row["line_count"]
    found = [f"group {name}: not expected ({got[name]})" for name in got if name not in wanted]
    for name, total in wanted.items():
        if name not in got:
            cut = _left_out(answer) or total == 0
            found += [] if cut else [f"group {name}: missing ({total})"]
            continue
        found += _amount(f"group {name}", total, got[name])
        if name not in SPECIAL:
            found += _same(f"group {name} line_count", counts[name], lines[name])
    return found + _shares(expected, answer)


def _group_name(name: str, wanted: Mapping[str, Any]) -> str:
    text = shown(name)
    if text in wanted or text in SPECIAL:
        return text
    return NONE if text in UNPLANNED or (text[:1], text[-1:]) == ("(", ")") else text


def _shares(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    wanted = {shown(name): share for name, share in expected["shares"].items()}
    if len(wanted) < len(expected["shares"]):
        return []
    rows = Counter(shown(row["name"]) for row in answer.get("groups", []))
    return [
        line
        for row in answer.get("groups", [])
        if rows[shown(row["name"])] == 1 and shown(row["name"]) in wanted
        for line in _share(
            f"group {shown(row['name'])} share", wanted[shown(row["name"])], row["share_percent"]
        )
    ]


def _idle(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    found = _amounts("", ("stopped_monthly_cost", "quiet_monthly_cost"), expected, answer)
    found += _exempt(expected["exempt"], answer.get("exempt") or {})
    rows = {row["id"]: row for row in answer.get("instances", [])}
    for name, wanted in expected["instances"].items():
        if name not in rows:
            found += [] if _left_out(answer) else [f"{name}: missing ({wanted['reason']})"]
            continue
        row = rows.pop(name)
        found += _same(f"{name} reason", wanted["reason"], row["reason"])
        found += _priced(name, wanted, row)
    return found + [f"{name}: not expected ({row['reason']})" for name, row in rows.items()]


def _priced(name: str, wanted: Mapping[str, Any], row: Mapping[str, Any]) -> Found:
    found = _amount(f"{name} monthly_cost", wanted["monthly_cost"], row["monthly_cost"])
    found += _same(f"{name} price_source", wanted["price_source"], row["price_source"])
    return found + _spent(f"{name} month_to_date", wanted["month_to_date"], row["month_to_date"])


def _exempt(expected: Mapping[str, Any], got: Mapping[str, Any]) -> Found:
    found = _same("exempt count", expected["count"], got.get("count", 0))
    wanted, cost = expected["monthly_cost"], got.get("monthly_cost") or "0.00"
    return found + _amount("exempt monthly_cost", wanted, cost)


def _savings(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    names = ("total_monthly_savings", "total_annual_savings")
    found = _amounts("", names, expected, answer)
    found += _exempt(expected["exempt"], answer.get("exempt") or {})
    wanted = dict(expected["recommendations"])
    for row in answer.get("recommendations", []):
        ids = row["resource_ids"]
        strange = [name for name in ids if name not in wanted]
        found += [f"{name}: recommended ({row['action']}), not expected" for name in strange]
        total = sum((Decimal(wanted.pop(name)) for name in ids if name in wanted), Decimal(0))
        if not strange:
            found += _amount(f"{row['action']} {ids}", total, row["monthly_savings"])
    names = ("net_monthly_savings", "saves_this_month")
    found += _amounts("", names, expected, answer)
    found += _amount("month_end_if_done", expected["month_end_if_done"],
                     answer.get("month_end_if_done"))  # fmt: skip
    found += _by_action(expected["by_action"], answer["by_action"])
    if _left_out(answer) <= expected["below_minimum"]:
        found += [f"{name}: no recommendation, expected {cost}" for name, cost in wanted.items()]
    return found + _investigations(expected["investigations"], answer)


def _by_action(expected: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> Found:
    """Counts, and sums to the cent that rounding moves."""
    found = _same("actions", set(expected), {row["action"] for row in rows})
    for row in rows:
        count, total = expected.get(row["action"], (0, Decimal(0)))
        found += _same(f"{row['action']} count", count, row["count"])
        found += _near(f"{row['action']} total", total, row["total"] or "0.00")
    return found


def _near(where: str, expected: Decimal, got: object) -> Found:
    """An amount that is a part of a sum in cents."""
    same = abs(Decimal(str(got)) - expected) <= CENT
    return [] if same else [f"{where}: expected about {expected:.4f}, got {got}"]


def _investigations(expected: list[str], answer: Mapping[str, Any]) -> Found:
    rows = answer.get("investigations", [])
    there = {name for row in rows for name in row["resource_ids"]}
    advised = {name for row in answer.get("recommendations", []) for name in row["resource_ids"]}
    found = [f"{name}: advised twice" for name in sorted(there & advised)]
    if _left_out(answer) or _left_out(answer, "investigations_omitted"):
        return found
    return found + [f"{name}: no investigation" for name in expected if name not in there]


def _resources(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    found = _amounts("", ("total_monthly_cost", "total_month_to_date"), expected, answer)
    found += _same("unpriced", expected["unpriced"], _count(answer.get("unpriced")))
    if answer.get("reconciliation"):
        wanted = expected["reconciliation"]
        found += _amounts("reconciliation ", tuple(wanted), wanted, answer["reconciliation"])
    found += _kinds(expected["by_kind"], answer["by_kind"])
    rows = {row["id"]: row for row in answer.get("resources", [])}
    for name, wanted in expected["resources"].items():
        if name in rows:
            found += _resource(name, wanted, rows.pop(name))
        elif wanted["kind"] != "kubernetes_control_plane" and not _left_out(answer):
            found.append(f"{name}: missing ({wanted['kind']} {shown(wanted['label'])})")
    return found + [f"{name}: not expected ({row['kind']})" for name, row in rows.items()]


def _kinds(expected: Mapping[str, Any], rows: list[Mapping[str, Any]]) -> Found:
    """Every kind, where there are several: a control plane is no resource of the reference."""
    got = {row["kind"]: row for row in rows if row["kind"] != "kubernetes_control_plane"}
    if not rows and len(expected) == 1:
        return []
    found = _same("kinds", {*expected} - {"kubernetes_control_plane"}, {*got})
    for kind, row in got.items():
        count, total = expected.get(kind, (0, Decimal(0)))
        found += _same(f"{kind} count", count, row["count"])
        found += _near(f"{kind} total", total, row["total"] or "0.00")
    return found


def _count(value: Any) -> Any:
    """A count, whether it stands alone or in an object."""
    return value.get("count") if isinstance(value, dict) else value


def _resource(name: str, wanted: Mapping[str, Any], row: Mapping[str, Any]) -> Found:
    if wanted["kind"] == "kubernetes_control_plane":
        return _same(f"{name} kind", wanted["kind"], row["kind"])
    found = _same(f"{name} kind", wanted["kind"], row["kind"])
    found += _same(f"{name} region", wanted["region"], row["region"] or "")
    got_plan = "" if row["plan"] in UNPLANNED else row["plan"] or ""
    found += _same(f"{name} plan", wanted["plan"], got_plan)
    found += _same(f"{name} cluster", shown(wanted["cluster"]), shown(row["cluster"] or ""))
    tags = sorted(shown(tag) for tag in row["tags"])
    found += _same(f"{name} tags", sorted(shown(tag) for tag in wanted["tags"]), tags)
    if wanted["label"]:
        found += _same(f"{name} label", shown(wanted["label"]), shown(row["label"]))
    return found + _priced(name, wanted, row)


def _overview(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    names = (
        "month_to_date", "projected_month_end", "credit_left", "owed", "idle_monthly_cost",
        "savings_monthly",
    )  # fmt: skip
    found = _amounts("", names, expected, answer)
    found += _if_any("", ("invoiced_this_month", "uninvoiced"), expected, answer)
    rate = expected["run_rate"]
    found += _amounts("run_rate ", tuple(rate), rate, answer.get("run_rate") or {})
    found += _beside(expected, answer)
    return found + _next_invoice(expected["next_invoice"], answer.get("next_invoice") or {})


def _beside(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    """What the overview says beside its sums: GPUs, stopped servers, credit, the way to the end."""
    gpu, got = expected["gpu"], answer.get("gpu")
    found = _same("GPUs", gpu is not None, got is not None)
    if gpu and got:
        found += _amount("gpu month_to_date", gpu["month_to_date"], got["month_to_date"])
        found += _share("gpu share", gpu["share"], got["share_percent"])
    for row in answer["top_resources"]:
        share = expected["shares"][row["id"]]
        found += _share(f"{row['id']} share", share, row["share_percent"])
    left = answer.get("stopped_not_counted") or {}
    counts = (
        answer["counts"]["stopped_servers"],
        *((left.get(name) or {}).get("count", 0) for name in ("exempt", "too_young")),
    )
    found += _same("stopped servers", expected["stopped"], counts)
    found += _same("credit", expected["credit"], answer.get("credit"))
    return found + _top_up(expected["top_up"], answer) + _bridge(expected["bridge"], answer)


def _top_up(expected: Mapping[str, Any] | None, answer: Mapping[str, Any]) -> Found:
    got = answer.get("top_up")
    if expected is None or got is None:
        return _same("top_up", expected, got)
    if not expected["certain"]:
        return []
    found = _amount("top_up amount", expected["amount"], got["amount"])
    found += _same("top_up until", expected["until"], got["until"])
    early, late = (day.isoformat() for day in expected["by"])
    return found if early <= got["by"] <= late else [*found, f"top_up by: {early}, {got['by']}"]


def _bridge(expected: Mapping[str, Any] | None, answer: Mapping[str, Any]) -> Found:
    """The steps, each to the cent that rounding moves, and their sum to the cent."""
    got = answer.get("bridge")
    if expected is None or got is None:
        return _same("bridge", expected, got)
    steps = {name: Decimal(got[name]) for name in expected}
    projected = steps.pop("projected")
    found = _amount("bridge sum", projected, sum(steps.values(), Decimal(0)))
    found += _amount("bridge projected", answer["projected_month_end"], projected)
    return found + [
        line for name, amount in steps.items() for line in _near(name, expected[name], amount)
    ]


def _if_any(
    where: str, names: tuple[str, ...], expected: Mapping[str, Any], got: Mapping[str, Any]
) -> Found:
    """Amounts that may be left out where they are nothing."""
    return [
        line
        for name in names
        for line in _amount(f"{where}{name}", expected[name], got.get(name) or "0.00")
    ]


def _next_invoice(expected: Mapping[str, Any], got: Mapping[str, Any]) -> Found:
    found = _same("next_invoice date", expected["date"], got.get("date"))
    found += _same("next_invoice month", expected["month"], got.get("month"))
    return found + _amount("next_invoice expected", expected["expected"], got.get("expected"))


def _forecast(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    found = _amounts("", ("month_to_date", "projected_total"), expected, answer)
    found += _if_any("", ("invoiced_this_month",), expected, answer)
    parts = expected["components"]
    found += _amounts("components ", tuple(parts), parts, answer["components"])
    rows = {row["id"]: row["projected"] for row in answer.get("without_line", [])}
    if not _left_out(answer, "without_line_omitted"):
        found += _same("without_line", expected["without_line"], rows)
    if answer.get("by_service"):
        rest = (answer.get("omitted") or {}).get("total", "0.00")
        total = sum((Decimal(row["projected"]) for row in answer["by_service"]), Decimal(rest))
        found += _amount("by_service", expected["projected_total"], total)
        found += _services(expected["by_service"], answer)
    tax = expected["expected_invoice"]["expected"]
    if expected["uninvoiced"] == "0.00":
        found += _amount("expected_invoice", tax, answer["expected_invoice"])
    credit, got = expected["credit"], answer["credit"]
    found += _amounts("credit ", ("left_now", "left_at_month_end"), credit, got)
    found += _day("credit runs_out_on", credit["runs_out_on"], got.get("runs_out_on"))
    if credit["used_up"] != (got.get("state") == "used_up"):
        found.append(f"credit state: used up {credit['used_up']}, got {got.get('state')}")
    return found


def _services(expected: Mapping[str, Decimal], answer: Mapping[str, Any]) -> Found:
    """Month end by service, to the cent that rounding moves."""
    rows = {row["service"]: Decimal(row["projected"]) for row in answer["by_service"]}
    strange = [name for name, total in rows.items() if name not in expected and total]
    found = [f"by_service {name}: not expected ({rows[name]})" for name in strange]
    for name, total in expected.items():
        got = rows.get(name)
        if got is None and _left_out(answer):
            continue
        if got is None or abs(got - total) > CENT:
            found.append(f"by_service {name}: expected {total:.2f}, got {got}")
    return found


def _day(where: str, expected: tuple[Any, Any], got: str | None) -> Found:
    """A day between two, or none."""
    first, last = (None if day is None else day.isoformat() for day in expected)
    if first is None or got is None:
        same = got is None and last is None
    else:
        same = first <= got and (last is None or got <= last)
    return [] if same else [f"{where}: expected {first} to {last}, got {got}"]


def _budget(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    found = _same("status", expected["status"], answer["status"])
    found += _amounts("", ("spent", "projected", "budget"), expected, answer)
    for name in ("percent", "projected_percent"):
        found += _share(name, float(expected[name]), answer[name])
    return found + _day("breach_on", expected["breach_on"], answer.get("breach_on"))


def _metrics(expected: Mapping[str, Any], answer: Mapping[str, Any]) -> Found:
    record = answer["metrics"]
    plain = ("cloud_provider", "billing_period", "instance_count", "bare_metal_count",
             "idle_instances")  # fmt: skip
    found = [line for name in plain for line in _same(name, expected[name], record.get(name))]
    found += _amounts("", tuple(set(expected) - set(plain)), expected, record)
    costs = ("gpu_cost", "compute_cost", "storage_cost", "network_cost", "backup_cost",
             "other_cost")  # fmt: skip
    total = sum((Decimal(record[name]) for name in costs), Decimal(0))
    return found + _amount("sum of costs", expected["pending_charges"], total)


COMPARISONS: dict[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Found]] = {
    "get_pending_charges": _pending,
    "breakdown_by_service": _breakdown,
    "list_idle_instances": _idle,
    "estimate_savings": _savings,
    "list_resource_costs": _resources,
    "get_cost_overview": _overview,
    "forecast_month_end": _forecast,
    "check_budget": _budget,
    "collect_metrics": _metrics,
}
