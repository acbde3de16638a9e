"""Decides values of custom fields: what the caller gives, else what the workspace takes over from the lead's. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from leadwell import custom
from leadwell.conversion.decided import Conflict, conflict
from leadwell.conversion.facts import Found, LeadFacts
from leadwell.conversion.refusals import BadMapping

NOUNS = ("Company", "Contact", "Deal")
# What may be taken over as what, besides the same as the same; a choice that the other field lacks is a conflict.
FITTING = frozenset({("INT", "FLOAT"), ("CHOICE", "TEXT"), ("TEXT", "CHOICE")})


def plan_custom(
    lead: LeadFacts, found: Found, noun: str, id: UUID | None, given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Conflict]]:
    """Values for a record that is made (`id` None) or is there, which takes what it lacks. UnknownCustomField, BadCustomValue for what is given; what
    was taken over and does not fit is a conflict."""
    if not given and not found.workspace.settings.convert_fields:
        return {}, []
    fields = found.custom.fields.get(noun, {})
    offered = _taken(lead, found, noun) | {key: value for key, value in given.items() if value is not None}
    held = found.custom.of(id)
    fills: dict[str, Any] = {}
    conflicts: list[Conflict] = []
    for i, (key, value) in enumerate(offered.items()):
        if key not in fields:
            raise custom.UnknownCustomField(field=f"{noun.lower()}.custom.{i}.key", noun=noun, key=key[:60], known=sorted(fields))
        read = custom.fitting(*fields[key], value)
        if isinstance(read, custom.Unfit):
            if key in given:
                raise custom.BadCustomValue(field=f"{noun.lower()}.custom.{i}.value", key=key, value=str(value)[:60], why=str(read))
            conflicts.append(conflict(noun, id, f"custom.{key}", held.get(key), value))
        elif held.get(key) is None and read is not None:
            fills[key] = value
        elif read is not None and held[key] != read:
            conflicts.append(conflict(noun, id, f"custom.{key}", held[key], value))
    return fills, conflicts


def _taken(lead: LeadFacts, found: Found, noun: str) -> dict[str, Any]:
    """What the lead has in mapped fields that are there."""
    values, fields = found.custom.of(lead.id), found.custom.fields.get(noun, {})
    return {target: values[key] for key, to, target in found.workspace.settings.convert_fields
            if to == noun and values.get(key) is not None and target in fields}  # fmt: skip


def check_mapping(mapping: Sequence[Sequence[str]], fields: Mapping[tuple[str, str], str]) -> None:
    """BadMapping unless each (key, noun, target) is of fields there are, by (noun, key), and the target can hold what the other holds."""
    taken: set[tuple[str, str]] = set()
    for i, (key, noun, target) in enumerate(mapping):
        source, into = fields.get(("Lead", key)), fields.get((noun, target))
        why = (
            "a conversion makes no such record" if noun not in NOUNS else "leads have no such field" if source is None
            else f"{noun} has no such field" if into is None else "another field is taken over there already" if (noun, target) in taken
            else f"{into} cannot hold {source}" if source != into and (source, into) not in FITTING else None
        )  # fmt: skip
        if why:
            raise BadMapping(field=f"convert_fields.{i}", key=key[:60], noun=noun[:40], target=target[:60], why=why)
        taken.add((noun, target))
