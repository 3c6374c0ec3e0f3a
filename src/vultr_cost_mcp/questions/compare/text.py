"""Render the answer of ``compare_plans``."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from vultr_cost_mcp.domain.dates import day_name
from vultr_cost_mcp.markdown import UNKNOWN, code, count, percent, table, usd
from vultr_cost_mcp.questions.compare.candidates import ANY_GPU
from vultr_cost_mcp.questions.compare.report import HALF

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from decimal import Decimal

    from vultr_cost_mcp.other_clouds.list_prices import Provider
    from vultr_cost_mcp.questions.compare.candidates import Deployable
    from vultr_cost_mcp.questions.compare.report import (
        AccountElsewhereRow,
        ElsewhereRow,
        GpuRow,
        PlanRow,
        PlansReport,
        UnmatchedRow,
    )

NAMES: dict[Provider, str] = {
    "aws": "AWS",
    "azure": "Azure",
    "gcp": "Google Cloud",
    "digitalocean": "DigitalOcean",
    "linode": "Linode",
    "hetzner": "Hetzner",
}
_THERE: dict[Deployable, str] = {
    "yes": "",
    "no": "; not deployable there now",
    "unknown": "; availability there unknown",
}
_FILTERS = {
    "vcpu": "at least {} vCPU",
    "memory_gb": "at least {} GB of memory",
    "disk_gb": "at least {} GB of disk",
    "gpu": "{}",
    "gpu_memory_gb": "at least {} GB of GPU memory",
    "cpu": "{} processors",
    "max_monthly": "a price of at most ${} a month",
}


def headline_plans(report: PlansReport, *, whole: bool = True) -> str:
    """Return a sentence on the cheapest plan, or on the account at other clouds.

    ``whole`` is whether everything was read that it rests on.
    """
    if report.elsewhere:
        return _headline_account(report, whole=whole)
    said = _headline_cheapest(report)
    rest = ": another may cost less" if report.count else ""
    return said if whole else f"{said} Not all plans could be read{rest}."


def _headline_cheapest(report: PlansReport) -> str:
    wanted = _wanted(report.filters)
    if report.like is not None:
        return _headline_like(report, wanted)
    if not report.count:
        return f"No plan{wanted} is on offer."
    best = report.best
    if best is None:
        return f"{count(report.count, 'plan')}{wanted}; none of them is {_nowhere(report)}."
    cheaper = {row.deployable for row in report.plans if row.monthly < best.monthly}
    return (
        f"{usd(best.monthly)} a month is the cheapest{' deployable' if cheaper else ''} of "
        f"{count(report.count, 'plan')}{wanted}: {code(best.plan)}{_nearest(report, best.plan)}."
        f"{' Whether the region has a cheaper one is unknown.' if 'unknown' in cheaper else ''}"
    )


def _nowhere(report: PlansReport) -> str:
    """Return what is said of plans of which none is known to be in the region (E18)."""
    told = not report.omitted.count and all(row.deployable == "no" for row in report.plans)
    return "deployable there now" if told else "known to be offered there"


def _headline_like(report: PlansReport, wanted: str) -> str:
    like = report.like
    assert like is not None  # noqa: S101  (the caller looked)
    name = (
        code(like.label) if like.label == like.plan else f"{code(like.label)}, {code(like.plan)},"
    )
    here = f"{name} costs {usd(like.monthly)} a month"
    region = f" in {code(report.filters['region'])}" if "region" in report.filters else ""
    best = report.best
    if best is None:
        return f"{here}; no other plan{wanted} has at least its shape."
    if best.change is not None and best.change < 0:
        said = (
            f"the same plan costs {usd(best.monthly)}{region}"
            if best.plan == like.plan
            else f"{code(best.plan)} has at least its shape for {usd(best.monthly)}{region}"
        )
        return f"{here}; {said}, {usd(-best.change)} less."
    return (
        f"{here}; no plan{wanted} with at least its shape costs less (next: {code(best.plan)}, "
        f"{usd(best.monthly)}, {_signed(best.change)}){_nearest(report, like.plan)}."
    )


def _nearest(report: PlansReport, plan: str) -> str:
    """Return the cheapest match of a plan elsewhere, "" without one."""
    matched = [
        (match.monthly, match)
        for row in report.plans
        if row.plan == plan
        for match in row.elsewhere
        if match.monthly is not None
    ]
    if not matched:
        return ""
    amount, match = min(matched, key=lambda pair: pair[0])
    return f"; {NAMES[match.provider]} has {code(match.instance or '')} for {usd(amount)}"


def _headline_account(report: PlansReport, *, whole: bool) -> str:
    servers = count(report.count, "running server")
    if not report.count:
        if not whole:
            return "Whether a server is running is unknown: not all lists could be read."
        return "No server is running: there is nothing to compare."
    row = max(report.elsewhere, key=lambda row: row.matched.share_of_cost or 0.0)
    share = row.matched.share_of_cost
    if row.there is None:
        read = f"None of {servers}" if whole else f"None of the {servers} that could be read"
        return f"{read} has a match at the clouds that were asked for: the cost there is unknown."
    few = "Under half of the cost has a match. " if share is not None and share < HALF else ""
    rest = "" if whole else " Not everything could be read: servers may be missing."
    return (
        f"{few}{usd(row.there)} a month at {NAMES[row.provider]} against {usd(row.here)} here, for "
        f"the {row.matched.count} of {servers} with a match ({percent(share)} of the cost)."
        f"{rest}"
    )


def _wanted(filters: dict[str, str]) -> str:
    named = [
        words.format(_gpu_wanted(filters[name]) if name == "gpu" else filters[name])
        for name, words in _FILTERS.items()
        if name in filters
    ]
    region = f" in {code(filters['region'])}" if "region" in filters else ""
    return f"{f' with {_listed(named)}' if named else ''}{region}"


def _gpu_wanted(model: str) -> str:
    return "a GPU" if model.casefold() == ANY_GPU else f"GPU {code(model.upper())}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def render_plans(report: PlansReport) -> list[str]:
    """Return the plans, with the nearest shape elsewhere of each."""
    if report.elsewhere:
        return _render_account(report)
    body = [line for row in report.plans for line in _plan(row)]
    if report.like is not None:
        body.insert(0, f"{count(report.count, 'plan')} with at least its shape, itself counted:")
    if report.omitted.count:
        body.append(f"{count(report.omitted.count, 'more plan')}.")
    return [*body, *_oldest(report)]


def _plan(row: PlanRow) -> list[str]:
    """Return a line on a plan's price, one on its size, and one for each other cloud."""
    there = _THERE[row.deployable]
    change = "" if not row.change else f"; {_signed(row.change)}"
    gpu = "" if row.gpu is None else f"; GPU {_gpu(row.gpu)}"
    return [
        (
            f"- {code(row.plan)}, {row.class_ or 'class unknown'}: {usd(row.monthly)} a month, "
            f"{usd(row.per_gb)} a GB, {usd(row.per_vcpu)} a vCPU"
        ),
        (
            f"  {_size(row.vcpu)} vCPU, {_size(row.memory_gb)} GB, disk {_size(row.disk_gb)} GB, "
            f"transfer {_size(row.transfer_gb)} GB{gpu}{there}{change}"
            f"{f' by {row.how}' if row.how else ''}"
        ),
        *map(_match, row.elsewhere),
    ]


def _match(match: ElsewhereRow) -> str:
    if match.excess is None:
        return f"  {NAMES[match.provider]}: none, because {match.why}"
    return (
        f"  {NAMES[match.provider]} {code(match.instance or '')}: {usd(match.monthly)} "
        f"({_signed(match.difference)}){_dated(match.source_date)}, {_size(match.vcpu)} vCPU "
        f"({match.excess.vcpu} x), {_size(match.memory_gb)} GB ({match.excess.memory} x)"
    )


def _dated(day: date | None) -> str:
    return "" if day is None else f", price of {day_name(day)}"


def _render_account(report: PlansReport) -> list[str]:
    body = table(
        ("At", "Matched", "Of their cost", "Here $", "There $", "Difference $"),
        (
            (
                NAMES[row.provider],
                f"{row.matched.count} of {row.matched.of}",
                percent(row.matched.share_of_cost),
                usd(row.here),
                usd(row.there),
                _signed(row.difference),
            )
            for row in report.elsewhere
        ),
    )
    return [*body, *_reasons(report.elsewhere), *_oldest(report)]


def _reasons(rows: Sequence[AccountElsewhereRow]) -> list[str]:
    """Return why servers have no match, one line for the providers with the same reasons."""
    names: dict[tuple[UnmatchedRow, ...], list[str]] = defaultdict(list)
    for row in rows:
        names[row.unmatched].append(NAMES[row.provider])
    return [
        f"No match at {_listed(providers)}: "
        + "; ".join(f"{reason.count} x {reason.why}" for reason in reasons)
        + "."
        for reasons, providers in names.items()
        if reasons
    ]


def _oldest(report: PlansReport) -> list[str]:
    day = report.oldest_price_day
    return [] if day is None else [f"The oldest price elsewhere dates from {day_name(day)}."]


def _gpu(gpu: GpuRow) -> str:
    cards = code(gpu.model) if gpu.cards is None else f"{gpu.cards} x {code(gpu.model)}"
    memory = "memory unknown" if gpu.memory_gb is None else f"{_size(gpu.memory_gb)} GB"
    return f"{cards}, {memory}"


def _size(number: Decimal | None) -> str:
    return UNKNOWN if number is None else f"{number:f}"


def _signed(amount: Decimal | None) -> str:
    return usd(amount) if amount is None or amount <= 0 else f"+{usd(amount)}"
