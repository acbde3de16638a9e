"""Contacts: one per person, linked to companies, made by hand or by conversion."""

from leadwell.contacts.editing import TYPES, NewContact, create, created, insert, update
from leadwell.contacts.linking import Link, LinkPlan, link_company, links_of, lock, plan_link, write_link
from leadwell.contacts.refusals import BadContactField, CompanyRequired, ContactExists, HiddenCompany

__all__ = [
    "TYPES", "BadContactField", "CompanyRequired", "ContactExists", "HiddenCompany", "Link", "LinkPlan", "NewContact",
    "create", "created", "insert", "link_company", "links_of", "lock", "plan_link", "update", "write_link",
]
