"""The records a sequence names: templates in its steps, sources and forms at its doors. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell.base.rows import Named
from leadwell.nurture.steps import EMAIL, Step, is_id

DOORS = (("source", "sources", "source_ids"), ("form", "forms", "form_ids"))


def templates_of(steps: Sequence[Step]) -> list[Named]:
    """With the place of each; a step without a readable one has a flaw of its own."""
    return [
        Named("template", "templates", UUID(str(step["template_id"])), f"steps.{at}.template_id")
        for at, step in enumerate(steps) if step.get("kind") == EMAIL and is_id(step.get("template_id"))
    ]  # fmt: skip


def doors_of(entry: Mapping[str, Any]) -> list[Named]:
    rule: Mapping[str, Any] = entry.get("capture") or {}
    return [Named(noun, table, UUID(str(id)), f"entry.capture.{name}.{at}") for noun, table, name in DOORS for at, id in enumerate(rule.get(name) or ())]
