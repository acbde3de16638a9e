"""Identity: e-mails, phones, domains, names, countries, money and dates made comparable, without any I/O."""

from leadwell.base.identity.companies import company_key, company_name, looks_like_company
from leadwell.base.identity.countries import country_code, country_currency, country_name, country_zone
from leadwell.base.identity.dates import DayOrder, parse_date, parse_moment
from leadwell.base.identity.domains import (
    EmailClass,
    ascii_domain,
    business_domain,
    domain_of_url,
    email_class,
    is_disposable,
    is_free,
    registrable,
)
from leadwell.base.identity.emails import Email, parse_email
from leadwell.base.identity.flaws import BLANK, Flaw
from leadwell.base.identity.money import Money, parse_money
from leadwell.base.identity.names import PersonName, cased, given_key, name_key, parse_name
from leadwell.base.identity.phones import Phone, parse_phone, time_zones
from leadwell.base.identity.roles import is_role
from leadwell.base.identity.scripts import latin
from leadwell.base.identity.streets import street_key
from leadwell.base.identity.suffixes import generation
from leadwell.base.identity.text import clean, fold, key

__all__ = [
    "BLANK",
    "DayOrder",
    "Email",
    "EmailClass",
    "Flaw",
    "Money",
    "PersonName",
    "Phone",
    "ascii_domain",
    "business_domain",
    "cased",
    "clean",
    "company_key",
    "company_name",
    "country_code",
    "country_currency",
    "country_name",
    "country_zone",
    "domain_of_url",
    "email_class",
    "fold",
    "generation",
    "given_key",
    "is_disposable",
    "is_free",
    "is_role",
    "key",
    "latin",
    "looks_like_company",
    "name_key",
    "parse_date",
    "parse_email",
    "parse_moment",
    "parse_money",
    "parse_name",
    "parse_phone",
    "registrable",
    "street_key",
    "time_zones",
]
