"""Find the valid value nearest to an invalid one: a month, a day, a number, a region."""

from __future__ import annotations

import re
from calendar import day_name, month_name, monthrange
from contextlib import suppress
from datetime import date, timedelta
from difflib import get_close_matches
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

CURRENT = "current_month"
LAST = "last_month"
_LONGEST = 40
# Other words for the current month and the previous one.
_RUNNING = frozenset({"this", "now", "today", "mtd", "running", "current", "month to date"})
_BEFORE = frozenset({"previous", "prior", "past", "last", "prev"})
_YEAR_FIRST = re.compile(r"(20\d\d)\D?(\d{1,2})(?:\D.*|\d\d)?")
_YEAR_LAST = re.compile(r"(\d{1,2})\D(20\d\d)")
_DAY = re.compile(r"(20\d\d)\D?(\d{1,2})\D?(\d{1,2})(?:\D.*)?")
_DAY_LAST_YEAR = re.compile(r"(\d{1,2})\.(\d{1,2})\.(20\d\d)")
_NUMBER = re.compile(r"(-?\d[\d,_]*(?:\.\d+)?|-?\.\d+)\s*([kKmM]?)\b")
# Amounts are in US dollars: the same number of another currency is another amount.
_OTHER_MONEY = re.compile(
    r"[€£¥₹₽₩₿]|\b(?:aud|brl|cad|chf|cny|eur|euros?|gbp|inr|jpy|pounds?|yen)\b", re.IGNORECASE
)
_THOUSANDS = {"": 1, "k": 1_000, "m": 1_000_000}
_MONTHS = 12


def nearest_of(wanted: object, values: Sequence[str], most: int = 1) -> list[str]:
    """Return the values of a closed list that are a word of a text, or else resemble it most."""
    text = str(wanted)[:_LONGEST].strip().casefold()
    words = [word for word in text.split() if word in values]
    return words[:most] or get_close_matches(text, values, n=most)


def nearest_period(given: object, today: date | None) -> str | None:
    """Return the period that a text probably means; a month without a year is the last one."""
    text = " ".join(re.split(r"[\s_-]+", str(given)[:_LONGEST].strip().casefold()))
    words = text.split()
    month = _named_month(words)
    if month is not None:
        year = next((int(word) for word in words if re.fullmatch(r"20\d\d", word)), None)
        return _month_of(year, month, today)
    for pattern, year_at, month_at in ((_YEAR_FIRST, 1, 2), (_YEAR_LAST, 2, 1)):
        match = pattern.fullmatch(text)
        if match and 1 <= int(match[month_at]) <= _MONTHS:
            return f"{match[year_at]}-{int(match[month_at]):02}"
    for period, names in ((CURRENT, _RUNNING), (LAST, _BEFORE)):
        if text in names or (words and words[0] in names and words[-1] == "month"):
            return period
    near = nearest_of(text.replace(" ", "_"), [CURRENT, LAST])
    return near[0] if near else None


def _named_month(words: Sequence[str]) -> int | None:
    """Return the number of the month that a word names, in full or by three letters."""
    names = [name.casefold() for name in month_name]
    for word in words:
        bare = word.strip(".,'")
        for number, name in enumerate(names):
            if bare == name or (bare in {name[:3], "sept"} and name.startswith(bare[:3])):
                return number or None
    whole = nearest_of(" ".join(words), names[1:])
    return names.index(whole[0]) if whole else None


def _month_of(year: int | None, month: int, today: date | None) -> str | None:
    if year is None:
        if today is None:
            return None
        year = today.year if month <= today.month else today.year - 1
    return f"{year}-{month:02}"


def nearest_day(given: object, today: date | None) -> str | None:
    """Return the day that a text probably means: a valid date, or the last such weekday."""
    text = str(given)[:_LONGEST].strip().casefold()
    match, turned = _DAY.fullmatch(text), _DAY_LAST_YEAR.fullmatch(text)
    if match or turned:
        parts = match.groups() if match else turned.groups()[::-1] if turned else ()
        year, month, day = map(int, parts)
        if 1 <= month <= _MONTHS and day:
            return date(year, month, min(day, monthrange(year, month)[1])).isoformat()
        return None
    if today is None:
        return None
    if text in {"today", "yesterday"}:
        return (today - timedelta(days=text == "yesterday")).isoformat()
    near = nearest_of(text.removeprefix("last ").strip(), [name.casefold() for name in day_name])
    if not near:
        return None
    weekday = [name.casefold() for name in day_name].index(near[0])
    return (today - timedelta(days=(today.weekday() - weekday) % 7)).isoformat()


def nearest_number(given: object, argument: Mapping[str, Any]) -> str | None:
    """Return the number within an argument's range that is nearest to the given one."""
    number = _number(given)
    if number is None:
        return None
    least, most = argument.get("minimum"), argument.get("maximum")
    number = number if least is None else max(number, least)
    number = number if most is None else min(number, most)
    if not isfinite(number):
        return None
    if argument.get("type") == "integer":
        # Less than one thing is meant to be one: 0 is "not given".
        return str(round(number) or int(number > 0))
    return f"{number:.15g}"


def _number(given: object) -> float | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, int | float):
        with suppress(OverflowError):
            number = float(given)
            return None if number != number else number  # noqa: PLR0124  (what is no number)
        return float("inf") if given > 0 else float("-inf")
    match = _NUMBER.search(str(given)[:_LONGEST]) if isinstance(given, str) else None
    if match is None or _OTHER_MONEY.search(str(given)[:_LONGEST]):
        return None
    plain = float(match[1].replace(",", "").replace("_", ""))
    return plain * _THOUSANDS[match[2].casefold()]


def nearest_regions(wanted: str, known: Mapping[str, str]) -> list[str]:
    """Return the ids of regions whose id or name, such as ``New Jersey, US``, resembles a text."""
    names = {name.casefold(): region for region, name in known.items()}
    places = {name.split(",")[0]: region for name, region in names.items()}
    within = [region for name, region in names.items() if len(wanted) > 2 and wanted in name]  # noqa: PLR2004
    alike = [places[name] for name in get_close_matches(wanted, places, n=3, cutoff=0.7)]
    ids = get_close_matches(wanted, known, n=3, cutoff=0.3)
    return list(dict.fromkeys([*within, *alike] or ids))[:3]
