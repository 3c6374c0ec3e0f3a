"""The figures of an answer: amounts, percentages, counts and days of its text and structure."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What is no figure: names for the next call, stamps, what somebody typed, and the envelope.
NO_FIGURES = frozenset(
    {
        *("as_of", "currency", "account", "next_steps", "available", "filters", "coverage"),
        *("id", "resource_ids", "invoice_id", "run_id", "account_id", "sha256", "path", "uri"),
        *("how_to", "plan", "tags", "label", "name", "region", "cluster", "partial"),
        *(
            "description",
            "what",
            "product",
            "start",
            "end",
            "timestamp",
            "services",
            "method",
            "names",
            "attached_to",
            "clusters",
        ),
    }
)
# Numbers of a rule, the same for every account.
_RULES = ("14 days of readings or 4 invoiced months", "snapshots over 90 days")
_NUMBER = r"-?[$]?\d[\d,]*(?:[.]\d+)?"
_DAY = re.compile(r"\b(\d{4}-\d{2}-\d{2})\b")
_DAY_WORDS = re.compile(r"\b(\d{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4})\b")
_MONTH = re.compile(r"\b(\d{4}-\d{2})\b")
_WORDS = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December)"
    r" (\d{4})\b"
)


def of_text(text: str) -> set[object]:
    """Return the figures of a text: decimals without their sign, days and months."""
    lines = [line for line in text.splitlines() if not line.startswith(("As of ", "Partial: "))]
    bare = re.sub(r"``[^`]*``|`[^`]*`", "", "\n".join(lines))
    for rule in _RULES:
        bare = bare.replace(rule, "")
    return set(_of_prose(bare))


def _of_prose(text: str) -> Iterator[object]:
    for found in _DAY.findall(text):
        yield date.fromisoformat(found)
    text = _DAY.sub("", text)
    for found in _DAY_WORDS.findall(text):
        yield datetime.strptime(found, "%d %b %Y").date()  # noqa: DTZ007
    text = _DAY_WORDS.sub("", text)
    for found in _MONTH.findall(text):
        yield found
    text = _MONTH.sub("", text)
    for name, year in _WORDS.findall(text):
        yield datetime.strptime(f"{name} {year}", "%B %Y").strftime("%Y-%m")  # noqa: DTZ007
    text = _WORDS.sub("", text)
    # Digits within a word, as in a kind or an address, are no figure.
    for found in re.findall(rf"(?<![\w.:/-]){_NUMBER}(?![\w]|[/:]\d|-\w|[.]\d)", text):
        yield abs(Decimal(found.replace("$", "").replace(",", "").replace("--", "-")))


def of_structure(structure: Mapping[str, Any]) -> dict[object, str]:
    """Return the figures of a structure, each with the place where it stands."""
    found: dict[object, str] = {}
    own = {name: value for name, value in structure.items() if name != "period"}
    for place, figure in _walk(own, ""):
        found.setdefault(figure, place)
    return found


def _walk(value: Any, place: str) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in NO_FIGURES:
                yield from _walk(inner, f"{place}.{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner, place)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield place, abs(Decimal(str(value)))
    elif re.fullmatch(r"-?\d+(?:[.]\d+)?", value):
        yield place, abs(Decimal(value))
    elif re.fullmatch(r"\d{4}-\d{2}-\d{2}T.*", value):
        yield place, date.fromisoformat(value[:10])
    else:
        yield from ((place, figure) for figure in _of_prose(re.sub(r"`[^`]*`", "", value)))


def only_in_text(text: str, structure: Mapping[str, Any]) -> list[str]:
    """Return the figures that the text has and the structure lacks."""
    asked = {figure for _, figure in _walk(list(structure.get("filters", {}).values()), "")}
    return sorted(str(figure) for figure in of_text(text) - of_structure(structure).keys() - asked)


def only_in_structure(text: str, structure: Mapping[str, Any]) -> list[str]:
    """Return the figures that the structure has and the text lacks, with their places."""
    said = of_text(text)
    return sorted(
        f"{place}: {figure}"
        for figure, place in of_structure(structure).items()
        if figure not in said and figure != 0
    )
