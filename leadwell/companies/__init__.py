"""Companies: one per business domain or, without one, per name and country; made, found, changed."""

from leadwell.companies.editing import checked_country, create, update
from leadwell.companies.finding import FoundCompany, NewCompany, created, find_or_create_many, insert, known_by, learn_domain, take
from leadwell.companies.identity import Key, Known, Match, domain_key, match, name_key, website_domain
from leadwell.companies.refusals import BadCompanyField, BadWebsite, CompanyExists, HierarchyCycle, NameRequired

__all__ = [
    "BadCompanyField", "BadWebsite", "CompanyExists", "FoundCompany", "HierarchyCycle", "Key", "Known", "Match", "NameRequired", "NewCompany",
    "checked_country",
    "create", "created", "domain_key", "find_or_create_many", "insert", "known_by", "learn_domain", "match", "name_key", "take", "update", "website_domain",
]
