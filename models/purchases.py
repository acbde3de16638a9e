"""Products and what was spent on them."""

from typing import Any

from tortoise import fields

from models.columns import Dated, Table, ToMany, ToOne, big, money, public, text


class Product(Dated):
    """Something we sell."""

    tag = 20
    read_with = ("Lead", "Deal", "Purchase")

    code = public(text(), "Stable code.", sort=True)
    name = public(text(), "Name people see.", sort=True)

    class Meta(Table):
        table = "products"


class Purchase(Dated):
    """Money spent; a refund is negative and linked to what it refunds."""

    tag = 21
    part_of = ("Contact", "contact_id")
    read_with = ("Company",)

    amount = money("amount_minor", "currency", "What was paid.", sort=True)
    at = public(fields.DatetimeField(), "When it was bought.", sort=True)
    origin = public(text(column="source"), "The system it came from.")
    external_id = public(text(), "Its id in that system.")
    items = public(fields.JSONField[list[dict[str, Any]]](default=list), "What was bought.", where=False)
    amount_minor = big()
    currency = text()
    contact_id = fields.UUIDField(null=True)
    company_id = fields.UUIDField(null=True)
    refund_of_id = fields.UUIDField(null=True)

    contact = ToOne("Contact", "contact_id", "Who bought.")
    company = ToOne("Company", "company_id", "For which company.")
    refund_of = ToOne("Purchase", "refund_of_id", "What this refunds.")
    refunds = ToMany("Purchase", "refund_of_id", "Refunds of it, oldest first.", order="at")

    class Meta(Table):
        table = "purchases"
