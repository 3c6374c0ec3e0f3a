"""Compare typed text with known values, and suggest the value that was meant."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Generic, TypeVar

from vultr_cost_mcp.domain.report_fields import Nearest
from vultr_cost_mcp.domain.untrusted_text import comparable
from vultr_cost_mcp.money import ZERO, cents_of, known_total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

Row = TypeVar("Row")

_MOST = 3
# Values by money that a close match is looked for among, and the letters of each.
_LOOKED_AT = 2_000
_LETTERS = 80


@dataclass(frozen=True, slots=True)
class Near:
    """A value that a filter may have meant, with its amount; None where that is not known."""

    value: str
    total: Decimal | None


def is_same(name: str, value: str) -> bool:
    """Return whether an argument names a value, in any case, as typed or as shown."""
    wanted, typed = value.strip().casefold(), name.casefold()
    return typed == wanted or comparable(name).casefold() == comparable(value).casefold()


def has_tag(tags: Iterable[str], tag: str) -> bool:
    """Return whether one of ``tags`` is the one that was asked for, as typed or as shown."""
    wanted = comparable(tag)
    return any(one == tag or comparable(one) == wanted for one in tags)


def mentions(texts: Iterable[str], query: str) -> bool:
    """Return whether one of ``texts`` contains ``query``, in any case, as typed or as shown."""
    typed, shown = query.casefold(), comparable(query).casefold()
    return any(
        typed in text.casefold() or (bool(shown) and shown in comparable(text).casefold())
        for text in texts
    )


def nearest(text: str, amounts: Mapping[str, Decimal | None]) -> tuple[Near, ...]:
    """Return the value that ``text`` may have meant, else the three with the most money.

    A value that contains the text comes first, the one with the most money of several; then the
    longest that the text contains; then the closest match by letters. No values give none.
    """
    by_money = sorted(amounts, key=lambda name: (-(amounts[name] or ZERO), name))
    wanted = _letters(text)
    letters = {name: _letters(name) for name in by_money}
    holding = [name for name in by_money if wanted and wanted in letters[name]]
    held = [name for name in by_money if letters[name] and letters[name] in wanted]
    if holding or held:
        name = holding[0] if holding else max(held, key=lambda name: len(letters[name]))
        return (Near(name, amounts[name]),)
    looked_at = {letters[name][:_LETTERS]: name for name in reversed(by_money[:_LOOKED_AT])}
    close = get_close_matches(wanted[:_LETTERS], looked_at, n=1) if wanted else []
    names = [looked_at[close[0]]] if close else by_money[:_MOST]
    return tuple(Near(name, amounts[name]) for name in names)


def _letters(text: str) -> str:
    return comparable(text).casefold()


@dataclass(frozen=True, slots=True)
class Question(Generic[Row]):
    """Filters by name, and how a row is held against one of them.

    ``values`` are those of a row that a filter could have named, none where it takes no value;
    ``amount`` is the row's money, None where it is not known.
    """

    given: Mapping[str, str]
    passes: Callable[[Row, str], bool]
    values: Callable[[Row, str], Iterable[str]]
    amount: Callable[[Row], Decimal | None]

    def near(self, rows: Sequence[Row]) -> tuple[Nearest, ...]:
        """Return the nearest values of the filter at fault, with amounts under the others.

        A filter that matches nothing alone is at fault, else the first that the others leave
        values for.
        """
        alone = self.alone(rows)
        for name in sorted(self.given, key=lambda name: name in alone):
            others = [row for row in rows if self._passes_all(row, besides=name)]
            amounts = self._amounts(others, name)
            if amounts or name not in alone:
                found = nearest(self.given[name], amounts or self._amounts(rows, name))
                return tuple(Nearest(name, near.value, cents_of(near.total)) for near in found)
        return ()

    def alone(self, rows: Sequence[Row]) -> tuple[str, ...]:
        """Return the filters that match a row where they are the only one."""
        return tuple(name for name in self.given if any(self.passes(row, name) for row in rows))

    def _passes_all(self, row: Row, *, besides: str) -> bool:
        return all(name == besides or self.passes(row, name) for name in self.given)

    def _amounts(self, rows: Sequence[Row], name: str) -> dict[str, Decimal | None]:
        sums: dict[str, list[Decimal | None]] = defaultdict(list)
        for row in rows:
            for value in self.values(row, name):
                sums[value].append(self.amount(row))
        return {value: known_total(amounts) for value, amounts in sums.items() if value}
