"""Contacts: one per person, linked to companies, made by hand or by conversion."""

from leadwell.contacts.editing import TYPES, NewContact, create, created, insert, update
from leadwell.contacts.leaving import archive, end_link, unarchive
from leadwell.contacts.linking import Link, LinkPlan, Span, link_company, links_of, lock, plan_link, write_link
from leadwell.contacts.many import archive_many, hold, update_many, update_people
from leadwell.contacts.people import update_person
from leadwell.contacts.refusals import BadContactField, CompanyRequired, ContactExists, HiddenCompany

__all__ = [
    "TYPES", "BadContactField", "CompanyRequired", "ContactExists", "HiddenCompany", "Link", "LinkPlan", "NewContact", "Span",
    "archive", "archive_many", "create", "created", "end_link", "hold", "insert", "link_company", "links_of", "lock", "plan_link", "unarchive", "update",
    "update_many", "update_people", "update_person", "write_link",
]
