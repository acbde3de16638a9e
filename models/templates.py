"""Pieces that templates share, and the versions that mail was made of."""

from typing import Any

from tortoise import fields

from models.columns import Dated, Table, Tenant, ToMany, ToOne, public, text, texts


class Layout(Dated):
    """What stands around templates."""

    tag = 164
    read_with = ("Template",)

    name = public(text(), "Name people see.", sort=True)
    html = public(text(), "HTML, in Liquid; {{ content }} is where the mail goes.", where=False)
    plain = public(text(null=True, column="text"), "The same for the plain-text part; missing: nothing stands around it.", where=False)
    uses = texts()

    templates = ToMany("Template", "layout_id", "Templates it stands around, by name.", order="name")

    class Meta(Table):
        table = "layouts"


class Snippet(Dated):
    """A piece that templates take in."""

    tag = 165
    read_with = ("Template",)

    name = public(text(), "What templates call it: {% render 'name' %}.", sort=True)
    html = public(text(), "HTML, in Liquid.", where=False)
    plain = public(text(null=True, column="text"), "The same for the plain-text part; missing: the HTML.", where=False)
    uses = texts()

    class Meta(Table):
        table = "snippets"


class TemplateVersion(Tenant):
    """The words of a template at one time; mail names the number."""

    tag = 166
    part_of = ("Template", "template_id")

    number = public(fields.IntField(), "The template's version at that time.", sort=True)
    subject = public(text(), "Subject, in Liquid.", where=False)
    html = public(text(), "HTML part, in Liquid.", where=False)
    plain = public(text(null=True, column="text"), "Plain-text part; missing: made from the HTML part.", where=False)
    created_at = public(fields.DatetimeField(), "When it was saved.", sort=True)
    template_id = fields.UUIDField()
    layout_id = fields.UUIDField(null=True)
    parts = fields.JSONField[dict[str, Any]]()
    actor = text()

    template = ToOne("Template", "template_id", "The template.", null=False)

    class Meta(Table):
        table = "template_versions"
