"""What tasks, meetings, notes and activities are about, as their inputs say it."""

from collections.abc import Sequence
from typing import Any, Protocol

import strawberry

from api.act import id_of, ids_of
from leadwell import tasks

NOUNS = ("Lead", "Contact", "Company", "Deal")


class Concerns(Protocol):
    """An input that names records."""

    lead_id: strawberry.ID | None
    contact_id: strawberry.ID | None
    company_id: strawberry.ID | None
    deal_id: strawberry.ID | None


def about_of(input: Concerns, at: str = "", roles: Sequence[str] = ()) -> tasks.About:
    """The records named, and people where the input has them. BadId with the field behind `at`."""
    named: dict[str, Any] = {noun: getattr(input, f"{noun.lower()}_id") for noun in NOUNS}
    lead, contact, company, deal = (id_of(id, noun, f"{at}{noun.lower()}_id") if id else None for noun, id in named.items())
    people: Sequence[str] = getattr(input, "person_ids", None) or ()
    campaign: str | None = getattr(input, "campaign_id", None)
    return tasks.About(
        lead, contact, company, deal, ids_of(people, "Person", f"{at}person_ids"), id_of(campaign, "Campaign", f"{at}campaign_id") if campaign else None, roles)


def mentioned(*inputs: Any) -> dict[str, Any]:
    """The same, for the permission to see them."""
    found: dict[str, Any] = {noun.lower(): [id for one in inputs if (id := getattr(one, f"{noun.lower()}_id", None))] for noun in (*NOUNS, "Campaign")}
    found["people"] = [id for one in inputs for id in getattr(one, "person_ids", None) or ()]
    return {name: ids[0] if len(inputs) == 1 and name != "people" else ids for name, ids in found.items() if ids}
