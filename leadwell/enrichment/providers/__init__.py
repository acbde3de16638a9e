"""The providers that need no network, in the order of the waterfall."""

from leadwell.enrichment.port import Provider
from leadwell.enrichment.providers.companies import Companies
from leadwell.enrichment.providers.emails import Emails
from leadwell.enrichment.providers.geography import Geography
from leadwell.enrichment.providers.names import Names
from leadwell.enrichment.providers.phones import Phones
from leadwell.enrichment.providers.titles import Titles

LOCAL: tuple[Provider, ...] = (Emails(), Phones(), Names(), Titles(), Companies(), Geography())

__all__ = ["LOCAL"]
