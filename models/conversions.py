"""Conversions: what became of a lead, once and for good."""

from typing import Any

from tortoise import fields

from models.columns import Table, Tenant, ToMany, ToOne, public, text


class Conversion(Tenant):
    """What the conversion of a lead created, linked and filled."""

    tag = 25
    part_of = ("Lead", "lead_id")
    read_with = ("Contact",)

    at = public(fields.DatetimeField(), "When it happened.", sort=True)
    actor = public(text(), "Who converted.")
    manifest = public(
        fields.JSONField[list[dict[str, Any]]](),
        "Every record created, linked or filled, with its fields.",
        where=False,
    )
    conflicts = public(
        fields.JSONField[list[dict[str, Any]]](default=list),
        "Values that differed and were left as they were.",
        where=False,
    )
    request = fields.JSONField[dict[str, Any]]()
    fingerprint = text()
    lead_id = fields.UUIDField()
    person_id = fields.UUIDField()
    contact_id = fields.UUIDField()
    company_id = fields.UUIDField(null=True)
    deal_id = fields.UUIDField(null=True)

    lead = ToOne("Lead", "lead_id", "The lead.", null=False)
    person = ToOne("Person", "person_id", "The person.", null=False)
    contact = ToOne("Contact", "contact_id", "The contact it became.", null=False)
    company = ToOne("Company", "company_id", "The company.")
    deal = ToOne("Deal", "deal_id", "The deal.")
    amendments = ToMany("ConversionAmendment", "lead_id", "What was attached later, oldest first.", order="at", here="lead_id")

    class Meta(Table):
        table = "conversions"


class ConversionAmendment(Tenant):
    """A company or deal that a conversion had left out, attached later."""

    tag = 82
    part_of = ("Lead", "lead_id")
    read_with = ("Contact",)

    at = public(fields.DatetimeField(), "When it was attached.", sort=True)
    actor = public(text(), "Who attached it.")
    manifest = public(
        fields.JSONField[list[dict[str, Any]]](), "Every record created, linked or filled, with its fields.", where=False
    )
    conflicts = public(
        fields.JSONField[list[dict[str, Any]]](default=list), "Values that differed and were left as they were.", where=False
    )
    request = fields.JSONField[dict[str, Any]]()
    fingerprint = text()
    lead_id = fields.UUIDField()

    lead = ToOne("Lead", "lead_id", "The lead.", null=False)

    class Meta(Table):
        table = "conversion_amendments"
