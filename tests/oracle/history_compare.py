"""Differences between answers about months and the oracle's expectations, in words."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .compare import shown
from .history_oracle import total_of
from .reading import CENT, ZERO, cents

if TYPE_CHECKING:
    from .history_oracle import Bill, HistoryOracle

# Where the definitions may be read in two ways, and the program follows their letter.
OPEN = frozenset({
    "renamed",  # another label at the same address is another thing (D30)
})  # fmt: skip

Answer = dict[str, Any]
Found = list[str]
REST = "(other services)"


def _same(where: str, expected: object, got: object) -> Found:
    return [] if expected == got else [f"{where}: expected {expected}, got {got}"]


def _sum(rows: list[Answer], key: str = "total") -> Decimal:
    return sum((Decimal(row[key]) for row in rows), ZERO)


def breakdown(oracle: HistoryOracle, name: str, by: str, answer: Answer) -> Found:
    """``breakdown_by_service`` of a month by service or product."""
    found: Found = []
    for key, wanted in oracle.sums(name).items():
        found += _same(f"{name} {key}", wanted, answer[key])
    groups = {shown(row["name"]): row["total"] for row in answer["groups"]}
    wanted_groups = {shown(key): value for key, value in oracle.groups(name, by).items()}
    found += _same(f"{name} groups", wanted_groups, groups)
    found += _same(f"{name} lines", len(oracle.bills[name].lines),
                   sum(row["line_count"] for row in answer["groups"]))  # fmt: skip
    parts = _sum(answer["groups"]) + Decimal(answer["omitted"]["total"])
    return found + _same(f"{name} sum of groups", Decimal(answer["total"]), parts)


def invoices(oracle: HistoryOracle, answer: Answer) -> Found:
    """``list_invoices`` without an id, over more months than there are."""
    found: Found = []
    rows = {row["id"]: row for row in answer["invoices"]}
    papers = {one.id: one for one in oracle.papers if one.month and one.month < oracle.month}
    for name, paper in papers.items():
        if name not in rows:
            found.append(f"invoice {name}: missing")
            continue
        row = rows[name]
        assert paper.month
        found += _same(f"invoice {name} month", f"{paper.month:%Y-%m}", row["month"])
        date = f"{paper.date:%Y-%m-%d}" if paper.date else None
        found += _same(f"invoice {name} date", date, row["date"])
        found += _same(f"invoice {name} amount", cents(paper.amount), row["amount"])
        found += _same(f"invoice {name} tax", cents(paper.tax), row["tax"])
        before = Decimal(row["amount"]) - Decimal(row["tax"])
        found += _same(f"invoice {name} before_tax", before, Decimal(row["before_tax"]))
    for name in [name for name in rows if name not in papers]:
        (paper,) = [one for one in oracle.papers if one.id == name]
        wanted = None if paper.month is None else f"{paper.month:%Y-%m}"
        found += _same(f"invoice {name} month", wanted, rows[name]["month"])
    found += _same("invoices total", _sum(answer["invoices"], "amount"), Decimal(answer["total"]))
    charging = {one.id for one in oracle.papers if one.charges_anything}
    counted = [row for row in answer["invoices"] if row["id"] in charging]
    if counted:
        taxed = _sum(counted, "before_tax") / len(counted)
        found += _same("invoices average", cents(taxed), answer["average"])
    return found


def invoice(oracle: HistoryOracle, name: str, answer: Answer) -> Found:
    """``list_invoices`` with an id."""
    (paper,) = [one for one in oracle.papers if one.id == name]
    lines = total_of(paper.lines)
    found = _same(f"invoice {name} lines_total", cents(lines), answer["lines_total"])
    stated = Decimal(answer["invoice"]["amount"]) - Decimal(answer["lines_total"])
    found += _same(f"invoice {name} difference", stated, Decimal(answer["difference"]))
    for key in ("lines", "by_product"):
        omitted = answer["lines_omitted" if key == "lines" else "products_omitted"]
        total = _sum(answer[key]) + Decimal(omitted["total"] if omitted else 0)
        found += _same(f"invoice {name} {key}", Decimal(answer["lines_total"]), total)
    return found


def history(oracle: HistoryOracle, answer: Answer, months: int = 36) -> Found:
    """``get_cost_history`` by month."""
    rows = {row["period"]: row for row in answer["rows"]}
    last = oracle.month.year * 12 + oracle.month.month
    names = [name for name in oracle.bills
             if last - (int(name[:4]) * 12 + int(name[5:])) <= months]  # fmt: skip
    found = _same("history months", names, [name for name in rows if name in oracle.bills])
    found += [f"history {name}: {row['total']} without a bill" for name, row in rows.items()
              if name not in oracle.bills and Decimal(row["total"])]  # fmt: skip
    for name in names:
        if name not in rows:
            continue
        row, sums = rows[name], oracle.sums(name)
        found += _same(f"history {name} total", sums["total"], row["total"])
        found += _same(f"history {name} charges", sums["charges"], row["charges"])
        found += _same(f"history {name} source", oracle.bills[name].source, row["source"])
        found += _same(f"history {name} partial", name not in oracle.over, row["partial"])
        found += _services(f"history {name}", oracle.groups(name, "service"), row["by_service"])
    whole = [name for name in names if name in oracle.over and oracle.charges(name) > 0]
    return found + averages(oracle, whole, answer)


def _services(where: str, wanted: dict[str, str], got: dict[str, str]) -> Found:
    """The largest services, and the rest as one row."""
    rest = {name: Decimal(total) for name, total in wanted.items() if name not in got}
    found = [f"{where} {name}: not expected" for name in got if name not in {*wanted, REST}]
    for name in set(wanted) & set(got):
        found += _same(f"{where} {name}", wanted[name], got[name])
    return found + _same(f"{where} rest", sum(rest.values(), ZERO), Decimal(got.get(REST, "0.00")))


def averages(oracle: HistoryOracle, whole: list[str], answer: Answer) -> Found:
    """The average and the trend of these months (D3, D31)."""
    found = []
    if whole:
        mean = sum((oracle.charges(name) for name in whole), ZERO) / len(whole)
        near = CENT if "rounded_average" in OPEN and mean * len(whole) % CENT else ZERO
        if abs(Decimal(cents(mean)) - Decimal(answer["average_monthly"])) > near:
            found += _same("history average", cents(mean), answer["average_monthly"])
    trend, percent = oracle.trend(whole)
    found += _same("trend", trend, answer["trend"])
    got = answer["trend_percent"]
    if percent is None or got is None:
        return found + _same("trend_percent", percent, got)
    tenth = percent.quantize(Decimal("0.1"), rounding=ROUND_HALF_UP)
    return found + _same("trend_percent", tenth, Decimal(str(got)))


def change(oracle: HistoryOracle, base: str, then: str, answer: Answer) -> Found:
    """``explain_cost_change`` between two months."""
    where = f"{base} to {then}"
    left, right = oracle.sides(base, then)
    first, second = oracle.bills[base], oracle.bills[then]
    basis = "same_point" if second.source == "running" else "full"
    found = _same(f"{where} basis", basis, answer["basis"])
    is_open = "outside" in OPEN and basis == "same_point" and _is_outside(first)
    for side, lines, bill in (("from", left, first), ("to", right, second)):
        if side == "to" or not is_open:
            found += _same(f"{where} {side}", cents(total_of(lines)), answer[side]["total"])
        found += _same(f"{where} {side} source", bill.source, answer[side]["source"])
    delta = Decimal(answer["to"]["total"]) - Decimal(answer["from"]["total"])
    found += _same(f"{where} delta", delta, Decimal(answer["delta"]))
    drivers = answer["drivers"]
    summed = _sum(drivers, "delta") + Decimal(answer["omitted"]["total"])
    found += _same(f"{where} drivers", delta, summed)
    for row in drivers:
        moved = Decimal(row["to_total"]) - Decimal(row["from_total"])
        found += _same(f"{where} {row['name']}", moved, Decimal(row["delta"]))
    if basis == "same_point":
        found += _full_month(oracle, base, answer)
    if not answer["omitted"]["count"] and not is_open:
        found += _drivers(oracle, base, then, drivers)
    return found


def _is_outside(bill: Bill) -> bool:
    return any(line.start is not None and line.start < bill.month for line in bill.lines)


def _full_month(oracle: HistoryOracle, base: str, answer: Answer) -> Found:
    lines = [line for line in oracle.bills[base].lines if line.service != "Tax"]
    full = answer["full_month"]
    found = _same(f"full {base}", cents(total_of(lines)), full["from_total"])
    found += _same(f"{base} elapsed", oracle.elapsed, answer["elapsed_hours"])
    moved = Decimal(full["projected_total"]) - Decimal(full["from_total"])
    return found + _same(f"full {base} delta", moved, Decimal(full["delta"]))


def _drivers(oracle: HistoryOracle, base: str, then: str, drivers: list[Answer]) -> Found:
    where = f"{base} to {then}"
    lines = [line for side in oracle.sides(base, then) for line in side]
    # A cent is moved about where lines have parts of cents, and where they are told as rounding.
    near = CENT * 2 if any(line.total % CENT for line in lines) else ZERO
    length = oracle.by_length(base, then)
    found = _length(where, length, [row for row in drivers if row["kind"] == "calendar"], near)
    rounded = [row for row in drivers if row["kind"] == "rounding"]
    drivers = [row for row in drivers if row["kind"] not in {"rounding", "calendar"}]
    small = CENT * len(lines) if rounded else near
    for service, wanted in oracle.by_service(base, then).items():
        got = _sum([row for row in drivers if row["service"] == service], "delta")
        got += sum((moved for (of, _), moved in length.items() if of == service), ZERO)
        if abs(got - wanted) > small:
            found.append(f"{where} {service}: expected {wanted}, got {got}")
    for (service, name), (moved, kinds) in oracle.kinds(base, then).items():
        if name.startswith(("old-name", "new-name")) or _is_sized(name):
            continue
        rows = [row for row in drivers
                if row["service"] == service and shown(row["name"]) == shown(name)]  # fmt: skip
        if (service, name) in length:
            found += [f"{where} {service} {name}: only the month's length, got {rows}"] * bool(rows)
            continue
        got = _sum(rows, "delta")
        if abs(got - moved) > (near if rows else max(near, CENT * 2 * len(rounded))):
            found.append(f"{where} {service} {name}: expected {moved}, got {got}")
        if kinds and moved and {row["kind"] for row in rows} - kinds:
            found.append(f"{where} {service} {name}: expected {kinds}, got {rows}")
    return found if "renamed" in OPEN else found + _renamed(oracle, base, then, drivers)


def _length(
    where: str, wanted: dict[tuple[str, str], Decimal], rows: list[Answer], near: Decimal
) -> Found:
    """Everything that only a month's length changed is one driver, and nothing else is in it."""
    if not wanted:
        return [f"{where}: no month's length made {row}" for row in rows]
    services = {service for service, _ in wanted}
    service = services.pop() if len(services) == 1 else "Other"
    found = _same(f"{where} month length", [service], [row["service"] for row in rows])
    moved, got = sum(wanted.values(), ZERO), _sum(rows, "delta")
    if abs(got - moved) > near * len(wanted):
        found.append(f"{where} month length: expected {moved}, got {got}")
    return found


def _is_sized(name: str) -> bool:
    return "sized_label" in OPEN and " MB)" in name


def _renamed(oracle: HistoryOracle, base: str, then: str, drivers: list[Answer]) -> Found:
    """A server that was renamed is found again by its address (D30)."""
    left, right = oracle.sides(base, then)
    names = ("old-name", "new-name")
    addresses = [
        {line.description.split(" ")[0] for line in side if "-name" in line.description}
        for side in (left, right)
    ]
    if addresses[0] != addresses[1]:
        return []
    return [
        f"{base} to {then} renamed {row}"
        for row in drivers
        if row["name"].startswith(names) and row["kind"] in {"new", "gone"}
    ]


def export(oracle: HistoryOracle, name: str, answer: Answer) -> Found:
    """The file that ``export_costs`` wrote, read again."""
    content = Path(answer["path"]).read_bytes()
    where = f"{name} {answer['format']}"
    found = _same(f"{where} sha256", hashlib.sha256(content).hexdigest(), answer["sha256"])
    found += _same(f"{where} size", len(content), answer["size_bytes"])
    lines = oracle.bills[name].lines
    wanted = cents(total_of(lines))
    found += _same(f"{where} total", wanted, answer["total"])
    found += _same(f"{where} source", oracle.bills[name].source, answer["source"])
    if answer["format"] == "json":
        sheet = json.loads(content, parse_float=Decimal)
        rows, column = sheet["lines"], "total"
        found += _same(f"{where} stated", wanted, cents(Decimal(sheet["total"])))
    else:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        column = "BilledCost" if answer["format"] == "focus" else "total"
    found += _same(f"{where} rows", (len(lines), len(lines)), (answer["rows"], len(rows)))
    return found + _same(f"{where} sum", wanted, cents(_sum(rows, column)))
