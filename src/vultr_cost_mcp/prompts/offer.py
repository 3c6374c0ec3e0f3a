"""The prompts that a server offers for its accounts: listed, written and completed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    Completion,
    GetPromptResult,
    PromptArgument,
    PromptMessage,
    TextContent,
)
from mcp.types import Prompt as ListedPrompt

from vultr_cost_mcp.domain.customer import ALL
from vultr_cost_mcp.domain.untrusted_text import as_shown, clean
from vultr_cost_mcp.mcp_tools.nearest_value import nearest_of, nearest_period
from vultr_cost_mcp.prompts.prompt import ACCOUNT, Argument, Prompt, text_of
from vultr_cost_mcp.prompts.tasks import PROMPTS
from vultr_cost_mcp.questions.tools_list import argument_names

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from vultr_cost_mcp.domain.backend import Backend

_MONTHS = frozenset({"month", "from_month", "to_month"})
_LONGEST = 200
_SHOWN = 40


class PromptOffer:
    """The prompts of a server, over one account or several."""

    def __init__(self, backends: Mapping[str, Backend]) -> None:
        self._backends = backends
        # None to choose from where there is one account.
        self._accounts = [*backends, ALL] if len(backends) > 1 else []

    def listed(self) -> list[ListedPrompt]:
        """Return the prompts as clients list them; with several accounts each takes one more."""
        return [
            ListedPrompt(
                name=prompt.name,
                title=prompt.title,
                description=prompt.description,
                arguments=[
                    PromptArgument(name=row.name, description=row.description, required=False)
                    for row in self._arguments(prompt)
                ],
            )
            for prompt in PROMPTS
        ]

    def written(self, name: str, arguments: Mapping[str, str] | None) -> GetPromptResult:
        """Return the text of a prompt.

        Raises MCPError with a sentence for a name, an argument or a value that does not exist.
        """
        prompt = _named(name)
        given = self._checked(prompt, arguments or {})
        takes = argument_names()
        if self._accounts:
            takes = {tool: {*names, ACCOUNT} for tool, names in takes.items()}
        text = text_of(prompt.task(given), given, takes, self._accounts)
        message = PromptMessage(role="user", content=TextContent(type="text", text=text))
        return GetPromptResult(description=prompt.description, messages=[message])

    async def completed(
        self, prompt: str, argument: str, begun: str, given: Mapping[str, str]
    ) -> Completion:
        """Return the values that an argument may have; none for free text.

        ``begun`` is the text typed so far, ``given`` are the prompt's other arguments.
        """
        from vultr_cost_mcp.prompts.completion import completed, values_of  # noqa: PLC0415  (rare)

        known = {row.name for each in PROMPTS if each.name == prompt for row in each.arguments}
        if argument == ACCOUNT and known:
            return completed({name: name for name in self._accounts}, begun)
        if argument not in known:
            return completed({}, begun)
        backends = self._backends
        if (account := given.get(ACCOUNT, "")) in backends:
            backends = {account: backends[account]}
        return completed(await values_of(argument, backends), begun)

    def _arguments(self, prompt: Prompt) -> list[Argument]:
        if not self._accounts:
            return [*prompt.arguments]
        names = ", ".join(self._accounts)
        return [*prompt.arguments, Argument(ACCOUNT, f"One of: {names}")]

    def _checked(self, prompt: Prompt, arguments: Mapping[str, str]) -> dict[str, str]:
        """Return the arguments that have a value, each one clean, and months in their form."""
        known = [row.name for row in self._arguments(prompt)]
        unknown = [name for name in arguments if name not in known]
        if unknown:
            names = ", ".join(known)
            msg = f"{_shown(unknown[0])}: unknown argument. {prompt.name} takes: {names}."
            raise MCPError(INVALID_PARAMS, msg)
        texts = {name: clean(str(value), _LONGEST) for name, value in arguments.items()}
        given = {name: text for name, text in texts.items() if text}
        return {name: self._value(name, text) for name, text in given.items()}

    def _value(self, name: str, text: str) -> str:
        if name in _MONTHS:
            return _month(name, text, self._today())
        if name == ACCOUNT and text not in self._accounts:
            msg = f"There is no account '{_shown(text)}'. One of: {', '.join(self._accounts)}."
            raise MCPError(INVALID_PARAMS, msg)
        if name == "min_monthly":
            return _amount(text)
        return text

    def _today(self) -> date | None:
        clock = next(iter(self._backends.values())).now
        return None if clock is None else clock().date()


def _named(name: str) -> Prompt:
    for prompt in PROMPTS:
        if prompt.name == name:
            return prompt
    names = [prompt.name for prompt in PROMPTS]
    near = nearest_of(name, names)
    hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(names)}."
    msg = f"There is no prompt '{_shown(name)}'.{hint}"
    raise MCPError(INVALID_PARAMS, msg)


def _month(name: str, text: str, today: date | None) -> str:
    """Return the period that a text names, such as ``October``."""
    period = nearest_period(text, today)
    if period is None:
        msg = f"{name}: '{_shown(text)}' is no month. Give current_month, last_month or YYYY-MM."
        raise MCPError(INVALID_PARAMS, msg)
    return period


def _amount(text: str) -> str:
    number = text.removeprefix("$").replace(",", "")
    if not number.replace(".", "", 1).isdecimal() or not number.isascii():
        msg = f"min_monthly: '{_shown(text)}' is no amount. Give one such as 10."
        raise MCPError(INVALID_PARAMS, msg)
    return number


def _shown(text: str) -> str:
    return as_shown(text, _SHOWN)
