"""Enrichment: facts about people filled in by providers, with provenance for every field."""

from leadwell.enrichment.blend import Decision, Known, blend
from leadwell.enrichment.port import PersonFacts, Proposal, Provider
from leadwell.enrichment.providers import LOCAL
from leadwell.enrichment.providers.titles import read_title
from leadwell.enrichment.verbs import EnrichResult, enrich_people

__all__ = [
    "LOCAL",
    "Decision",
    "EnrichResult",
    "Known",
    "PersonFacts",
    "Proposal",
    "Provider",
    "blend",
    "enrich_people",
    "read_title",
]
