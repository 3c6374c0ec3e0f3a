"""A check and its result; all of them together are the diagnosis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

Status = Literal["ok", "warn", "fail"]
EXITS: Final[dict[Status, int]] = {"ok": 0, "warn": 3, "fail": 1}
_WORST_FIRST: Final[tuple[Status, ...]] = ("fail", "warn", "ok")


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its subject, its result, and one sentence on the next step.

    ``warn`` means that the program works and something stays unread, ``fail`` that it does not
    work. ``do`` is empty where there is nothing to do. ``account`` is the name of one of several
    accounts.
    """

    name: str
    status: Status
    detail: str
    do: str = ""
    account: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the check as JSON."""
        whose = {} if self.account is None else {"account": self.account}
        told = {"name": self.name, "status": self.status, "detail": self.detail, "do": self.do}
        return {**told, **whose}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks, in the order in which they were made."""

    checks: tuple[Check, ...]

    @property
    def status(self) -> Status:
        """Return the worst status."""
        found = {check.status for check in self.checks}
        for status in _WORST_FIRST:
            if status in found:
                return status
        return "ok"

    @property
    def exit_code(self) -> int:
        """Return 0 if all is well, 3 if something stays unread, 1 if the program does not work."""
        return EXITS[self.status]

    def as_dict(self) -> dict[str, Any]:
        """Return the diagnosis as JSON."""
        return {
            "ok": self.status == "ok",
            "status": self.status,
            "checks": [check.as_dict() for check in self.checks],
        }


def from_error(
    name: str, error: Exception, status: Status = "fail", account: str | None = None
) -> Check:
    """Return the check that failed with an error, whose text has the next step."""
    detail, do = told(str(error))
    return Check(name, status, detail, do, account)


def told(text: str) -> tuple[str, str]:
    """Divide an error's text into the fact and the next step."""
    happened, _, todo = text.partition(". ")
    return happened if happened.endswith(".") else f"{happened}.", todo


def worst(checks: Sequence[Check]) -> Status:
    """Return the worst status of some checks."""
    return Diagnosis(tuple(checks)).status
