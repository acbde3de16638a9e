"""Contacts: one per person, linked to companies, made by hand or by conversion."""

from leadwell.contacts.editing import TYPES, NewContact, create, created, insert, update
from leadwell.contacts.leaving import archive, end_link, unarchive
from leadwell.contacts.linking import Link, LinkPlan, Span, link_company, links_of, lock, plan_link, write_link
from leadwell.contacts.people import update_person
from leadwell.contacts.refusals import BadContactField, CompanyRequired, ContactExists, HiddenCompany

__all__ = [
    "TYPES", "BadContactField", "CompanyRequired", "ContactExists", "HiddenCompany", "Link", "LinkPlan", "NewContact", "Span",
    "archive", "create", "created", "end_link", "insert", "link_company", "links_of", "lock", "plan_link", "unarchive", "update", "update_person",
    "write_link",
]
