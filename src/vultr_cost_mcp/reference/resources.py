"""The reference texts as MCP resources: their addresses and contents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp.types import Annotations, Resource, ResourceTemplate

from vultr_cost_mcp.errors import UnknownValueError
from vultr_cost_mcp.reference.pages import COVERAGE, RULES, page, rules

if TYPE_CHECKING:
    from collections.abc import Sequence

MARKDOWN = "text/markdown"
_RULES = "vultr-cost://billing-rules"
_COVERAGE = "vultr-cost://coverage"
_PAGES = {_COVERAGE: COVERAGE, _RULES: RULES}
RULE = f"{_RULES}/{{rule}}"
_NO_RULE = f"There is no billing rule of that id. {_RULES} lists all of them."


def listed_references() -> list[Resource]:
    """Return the texts that can be read."""
    return [
        Resource(
            uri=_COVERAGE,
            name="coverage",
            title="What is read, and what is not",
            description="Every product: where it is read, how it is priced, what stays unknown.",
            mime_type=MARKDOWN,
            annotations=Annotations(audience=["user", "assistant"], priority=0.5),
        ),
        Resource(
            uri=_RULES,
            name="billing-rules",
            title="Billing rules",
            description="Each rule behind a figure, with its source and what is not verified.",
            mime_type=MARKDOWN,
            annotations=Annotations(audience=["user", "assistant"], priority=0.3),
        ),
    ]


def listed_templates() -> list[ResourceTemplate]:
    """Return the template of a single rule."""
    return [
        ResourceTemplate(
            uri_template=RULE,
            name="billing-rule",
            title="One billing rule",
            description="A rule by its id, such as D5: the text, its source, what is unverified.",
            mime_type=MARKDOWN,
        )
    ]


def read_reference(uri: str) -> str | None:
    """Return the text at an address, None where none is.

    Raises UnknownValueError for a rule that does not exist.
    """
    if uri in _PAGES:
        return page(_PAGES[uri])
    if not uri.startswith(f"{_RULES}/"):
        return None
    text = rules().get(uri.removeprefix(f"{_RULES}/"))
    if text is None:
        raise UnknownValueError(_NO_RULE)
    return text


def completing_rules(template: str) -> Sequence[str]:
    """Return the ids that complete a template; none where it is not that of a rule."""
    return [*rules()] if template == RULE else ()
