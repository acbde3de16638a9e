"""Companies: one per business domain or, without one, per name and country; made, found, changed."""

from leadwell.companies.aliases import add_alias, remove_alias
from leadwell.companies.archiving import archive, unarchive
from leadwell.companies.domains import add_domain, remove_domain
from leadwell.companies.editing import checked_country, create, update
from leadwell.companies.finding import FoundCompany, NewCompany, created, find_or_create_many, insert, known_by, learn_domain, take
from leadwell.companies.identity import Key, Known, Match, domain_key, learns, match, name_key, website_domain
from leadwell.companies.many import archive_many, update_many
from leadwell.companies.refusals import (
    BadCompanyField,
    BadWebsite,
    CompanyExists,
    CompanyHasOpenDeals,
    DomainNotKnown,
    HierarchyCycle,
    HierarchyTooDeep,
    NameRequired,
)

__all__ = [
    "BadCompanyField", "BadWebsite", "CompanyExists", "CompanyHasOpenDeals", "DomainNotKnown", "FoundCompany", "HierarchyCycle", "HierarchyTooDeep", "Key",
    "Known", "Match", "NameRequired", "NewCompany", "add_alias", "add_domain", "archive", "archive_many", "checked_country",
    "create", "created", "domain_key", "find_or_create_many", "insert", "known_by", "learn_domain", "learns", "match", "name_key", "remove_alias",
    "remove_domain", "take", "unarchive", "update", "update_many", "website_domain",
]
